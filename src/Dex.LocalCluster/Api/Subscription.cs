using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api;

/// <summary>Pumps a feed into a handler until disposed.</summary>
sealed class Subscription : IDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly Feed _feed;

    public Subscription(Feed feed, Action<Change> handler)
    {
        _feed = feed;
        _ = Task.Run(() => PumpAsync(handler, _stop.Token));
    }

    public void Dispose()
    {
        _stop.Cancel();
        _feed.Dispose();
    }

    async Task PumpAsync(Action<Change> handler, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                var item = await _feed.NextAsync(ct);
                if (item.Change is { } change && !ct.IsCancellationRequested)
                    handler(change);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or System.Threading.Channels.ChannelClosedException)
        {
            // Disposed.
        }
    }
}
