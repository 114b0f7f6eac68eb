namespace Dex.LocalCluster.Node.Pods;

/// <summary>Kubelet's waits between restarts: none the first time, then 10 s doubling to 5 min; forgotten after 10 min of running.</summary>
sealed class RestartBackOff(bool immediateFirst = true)
{
    static readonly TimeSpan Initial = TimeSpan.FromSeconds(10), Max = TimeSpan.FromMinutes(5), ForgetAfter = TimeSpan.FromMinutes(10);
    TimeSpan _next = immediateFirst ? TimeSpan.Zero : Initial;

    public TimeSpan Next(TimeSpan ranFor)
    {
        if (ranFor > ForgetAfter) _next = immediateFirst ? TimeSpan.Zero : Initial;
        var wait = _next;
        _next = wait == TimeSpan.Zero ? Initial : wait * 2 > Max ? Max : wait * 2;
        return wait;
    }
}
