using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api;

/// <summary>Pumps a feed into a handler until disposed.</summary>
internal sealed class Subscription : IDisposable
{
    readonly CancellationTokenSource stop = new();
    readonly Feed feed;

    public Subscription(Feed feed, Action<Change> handler)
    {
        this.feed = feed;
        _ = Task.Run(() => PumpAsync(handler, stop.Token));
    }

    public void Dispose()
    {
        stop.Cancel();
        feed.Dispose();
    }

    async Task PumpAsync(Action<Change> handler, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                var item = await feed.NextAsync(ct);
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
