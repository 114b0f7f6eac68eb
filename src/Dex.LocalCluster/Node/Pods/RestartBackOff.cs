namespace Dex.LocalCluster.Node.Pods;

/// <summary>Kubelet's waits between restarts: none the first time, then 10 s doubling to 5 min; forgotten after 10 min of running.</summary>
internal sealed class RestartBackOff(bool immediateFirst = true)
{
    private static readonly TimeSpan Initial = TimeSpan.FromSeconds(10), Max = TimeSpan.FromMinutes(5), ForgetAfter = TimeSpan.FromMinutes(10);
    private TimeSpan next = immediateFirst ? TimeSpan.Zero : Initial;

    public TimeSpan Next(TimeSpan ranFor)
    {
        if (ranFor > ForgetAfter) next = immediateFirst ? TimeSpan.Zero : Initial;
        var wait = next;
        next = wait == TimeSpan.Zero ? Initial : wait * 2 > Max ? Max : wait * 2;
        return wait;
    }
}
