using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Dex.LocalCluster.Storage;

/// <summary>An element of a feed: a change, or a mark that says everything up to <see cref="Revision"/> has been delivered.</summary>
/// <param name="Change">Null for a mark.</param>
/// <param name="Revision">The change's, or the store's at the mark.</param>
readonly record struct FeedItem(Change? Change, long Revision);

/// <summary>
/// One subscriber's queue of the changes of one resource, in revision order without gaps. A subscriber that falls
/// <see cref="Capacity"/> changes behind is cut off (its channel completes with <see cref="FeedOverflowException"/>) rather than
/// allowed to hold the store's memory; a watch then starts over, as with any API server.
/// </summary>
sealed class Feed(Store store, string resource, bool bounded) : IDisposable
{
    public const int Capacity = 20_000;

    readonly Channel<FeedItem> _channel = Channel.CreateUnbounded<FeedItem>(new UnboundedChannelOptions { SingleReader = true });
    int _queued;

    public string Resource { get; } = resource;

    public async ValueTask<FeedItem> NextAsync(CancellationToken ct)
    {
        var item = await _channel.Reader.ReadAsync(ct);
        Interlocked.Decrement(ref _queued);
        return item;
    }

    public bool TryNext([MaybeNullWhen(false)] out FeedItem item)
    {
        if (!_channel.Reader.TryRead(out item))
            return false;
        Interlocked.Decrement(ref _queued);
        return true;
    }

    /// <summary>Called under the store's lock.</summary>
    public void Offer(FeedItem item)
    {
        if (bounded && Interlocked.Increment(ref _queued) > Capacity)
            _channel.Writer.TryComplete(new FeedOverflowException());
        else
            _channel.Writer.TryWrite(item);
    }

    /// <summary>Puts a mark behind what is queued now.</summary>
    public void Mark() => store.Mark(this);

    public void Dispose()
    {
        store.Remove(this);
        _channel.Writer.TryComplete();
    }
}

/// <summary>A subscriber read too slowly.</summary>
sealed class FeedOverflowException() : Exception("the subscriber fell too far behind");
