namespace Dex.LocalCluster.Node.Pods;

/// <summary>The order to end, and how long that may take. Both can come at any time; the time can only become shorter.</summary>
internal sealed class PodStop(TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource requested = new();
    private readonly CancellationTokenSource kill = new(Timeout.InfiniteTimeSpan, time);
    private DateTimeOffset deadline = DateTimeOffset.MaxValue;

    /// <summary>Cancelled when the pod shall end.</summary>
    public CancellationToken Requested => requested.Token;

    /// <summary>Cancelled when its time is over.</summary>
    public CancellationToken Kill => kill.Token;

    public void Request(TimeSpan grace)
    {
        lock (requested)
        {
            if (time.GetUtcNow() + grace < deadline)
            {
                deadline = time.GetUtcNow() + grace;
                if (grace <= TimeSpan.Zero) kill.Cancel();
                else kill.CancelAfter(grace);
            }
        }
        requested.Cancel();
    }

    public void Dispose()
    {
        requested.Dispose();
        kill.Dispose();
    }
}
