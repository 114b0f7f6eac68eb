namespace Dex.LocalCluster.Node.Pods;

/// <summary>The order to end, and how long that may take. Both can come at any time; the time can only become shorter.</summary>
sealed class PodStop(TimeProvider time) : IDisposable
{
    readonly CancellationTokenSource _requested = new();
    readonly CancellationTokenSource _kill = new(Timeout.InfiniteTimeSpan, time);
    DateTimeOffset _deadline = DateTimeOffset.MaxValue;

    /// <summary>Cancelled when the pod shall end.</summary>
    public CancellationToken Requested => _requested.Token;

    /// <summary>Cancelled when its time is over.</summary>
    public CancellationToken Kill => _kill.Token;

    public void Request(TimeSpan grace)
    {
        lock (_requested)
        {
            if (time.GetUtcNow() + grace < _deadline)
            {
                _deadline = time.GetUtcNow() + grace;
                if (grace <= TimeSpan.Zero) _kill.Cancel();
                else _kill.CancelAfter(grace);
            }
        }
        _requested.Cancel();
    }

    public void Dispose()
    {
        _requested.Dispose();
        _kill.Dispose();
    }
}
