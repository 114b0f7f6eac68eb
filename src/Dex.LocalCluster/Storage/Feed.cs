using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Dex.LocalCluster.Storage;

/// <summary>An element of a feed: a change, or a mark that says everything up to <see cref="Revision"/> has been delivered.</summary>
/// <param name="Change">Null for a mark.</param>
/// <param name="Revision">The change's, or the store's at the mark.</param>
internal readonly record struct FeedItem(Change? Change, long Revision);

/// <summary>
/// One subscriber's queue of the changes of one resource, in revision order without gaps. A subscriber that falls
/// <see cref="Capacity"/> changes behind is cut off (its channel completes with <see cref="FeedOverflowException"/>) rather than
/// allowed to hold the store's memory; a watch then starts over, as with any API server.
/// </summary>
internal sealed class Feed(Store store, string resource, bool bounded) : IDisposable
{
    public const int Capacity = 20_000;

    readonly Channel<FeedItem> channel = Channel.CreateUnbounded<FeedItem>(new UnboundedChannelOptions { SingleReader = true });
    int queued;

    public string Resource { get; } = resource;

    public async ValueTask<FeedItem> NextAsync(CancellationToken ct)
    {
        var item = await channel.Reader.ReadAsync(ct);
        Interlocked.Decrement(ref queued);
        return item;
    }

    public bool TryNext([MaybeNullWhen(false)] out FeedItem item)
    {
        if (!channel.Reader.TryRead(out item))
            return false;
        Interlocked.Decrement(ref queued);
        return true;
    }

    /// <summary>Called under the store's lock.</summary>
    public void Offer(FeedItem item)
    {
        if (bounded && Interlocked.Increment(ref queued) > Capacity)
            channel.Writer.TryComplete(new FeedOverflowException());
        else
            channel.Writer.TryWrite(item);
    }

    /// <summary>Puts a mark behind what is queued now.</summary>
    public void Mark() => store.Mark(this);

    public void Dispose()
    {
        store.Remove(this);
        channel.Writer.TryComplete();
    }
}

/// <summary>A subscriber read too slowly.</summary>
internal sealed class FeedOverflowException() : Exception("the subscriber fell too far behind");
