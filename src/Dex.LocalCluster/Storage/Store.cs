namespace Dex.LocalCluster.Storage;

/// <summary>
/// All objects, one global revision, one lock. Two states: <see cref="Latest"/> is what the next write builds on, <see cref="Visible"/>
/// is what is durable and therefore what readers and watchers see. In memory both are the same.
/// </summary>
internal sealed class Store : IAsyncDisposable
{
    const int EventWindow = 10_000;

    readonly Lock gate = new();
    readonly Dictionary<string, List<Feed>> feeds = new(StringComparer.Ordinal);
    readonly EventRing ring;
    readonly GroupCommit? disk;
    StoreState latest;
    volatile StoreState visible;

    Store(StoreState initial, IJournal? journal)
    {
        latest = visible = initial;
        ring = new EventRing(EventWindow, initial.Revision);
        if (journal is not null)
            disk = new GroupCommit(journal, Publish);
    }

    /// <summary>A store that forgets everything when it is closed.</summary>
    public static Store InMemory() => new(StoreState.Empty, journal: null);

    /// <summary>A store that begins with what <paramref name="journal"/> holds and writes every change to it.</summary>
    public static Store Open(IJournal journal) => new(journal.Load(), journal);

    public StoreState Latest
    {
        get
        {
            lock (gate)
                return latest;
        }
    }

    public StoreState Visible => visible;

    /// <summary>
    /// Told of each change as it becomes visible and before its writer is answered. Runs under the store's lock: for what must never
    /// lag behind the objects, and must be quick.
    /// </summary>
    public event Action<Change>? Shown;

    /// <summary>
    /// Commits when the object still is <paramref name="expected"/> (null: does not exist), and tells the change; null when it is
    /// not. The change is durable and visible when <see cref="DurableAsync"/> of its revision completes.
    /// </summary>
    public StoredObject? TryPut(ObjectKey key, StoredObject? expected, EncodedObject next)
    {
        lock (gate)
        {
            if (!ReferenceEquals(latest.Get(key), expected))
                return null;
            var stored = next.At(key, latest.Revision + 1);
            latest = latest.With(stored);
            Committed(new Change(expected is null ? ChangeType.Added : ChangeType.Modified, stored, expected));
            return stored;
        }
    }

    /// <summary>Removes the object when it still is <paramref name="expected"/>; <paramref name="last"/> is its final state.</summary>
    public StoredObject? TryRemove(StoredObject expected, EncodedObject last)
    {
        lock (gate)
        {
            if (!ReferenceEquals(latest.Get(expected.Key), expected))
                return null;
            var removed = last.At(expected.Key, latest.Revision + 1);
            latest = latest.Without(removed);
            Committed(new Change(ChangeType.Deleted, removed, expected));
            return removed;
        }
    }

    /// <summary>Waits until every change up to <paramref name="revision"/> survives a crash.</summary>
    public Task DurableAsync(long revision) => disk?.DurableAsync(revision) ?? Task.CompletedTask;

    /// <summary>
    /// Every change of <paramref name="resource"/> after <paramref name="revision"/>, first those of the window. Null when some of
    /// them are no longer known. With a null revision the feed begins with an addition for each object that exists, and a mark.
    /// </summary>
    public Feed? Follow(string resource, long? revision, bool bounded)
    {
        lock (gate)
        {
            if (revision < ring.Floor)
                return null;
            var feed = new Feed(this, resource, bounded);
            if (revision is { } after)
            {
                foreach (var change in ring.After(after, resource))
                    feed.Offer(new FeedItem(change, change.Object.Revision));
            }
            else
            {
                foreach (var existing in visible.List(resource, ""))
                    feed.Offer(new FeedItem(new Change(ChangeType.Added, existing, Previous: null), existing.Revision));
                feed.Offer(new FeedItem(Change: null, visible.Revision));
            }
            FeedsOf(resource).Add(feed);
            return feed;
        }
    }

    internal void Mark(Feed feed)
    {
        lock (gate)
            feed.Offer(new FeedItem(Change: null, visible.Revision));
    }

    internal void Remove(Feed feed)
    {
        lock (gate)
            FeedsOf(feed.Resource).Remove(feed);
    }

    public async ValueTask DisposeAsync()
    {
        if (disk is not null)
            await disk.DisposeAsync();
    }

    void Committed(Change change)
    {
        if (disk is null)
            Show(change, latest);
        else
            disk.Enqueue(change, latest);
    }

    void Publish(IReadOnlyList<PendingChange> durable)
    {
        lock (gate)
        {
            foreach (var pending in durable)
                Show(pending.Change, pending.State);
        }
    }

    void Show(Change change, StoreState state)
    {
        visible = state;
        ring.Add(change);
        Shown?.Invoke(change);
        foreach (var feed in FeedsOf(change.Object.Key.Resource))
            feed.Offer(new FeedItem(change, change.Object.Revision));
    }

    List<Feed> FeedsOf(string resource)
    {
        if (!feeds.TryGetValue(resource, out var list))
            feeds[resource] = list = [];
        return list;
    }
}
