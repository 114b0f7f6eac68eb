namespace Dex.LocalCluster.Storage;

/// <summary>
/// All objects, one global revision, one lock. Two states: <see cref="Latest"/> is what the next write builds on, <see cref="Visible"/>
/// is what is durable and therefore what readers and watchers see. In memory both are the same.
/// </summary>
sealed class Store : IAsyncDisposable
{
    const int EventWindow = 10_000;

    readonly Lock _gate = new();
    readonly Dictionary<string, List<Feed>> _feeds = new(StringComparer.Ordinal);
    readonly EventRing _ring;
    readonly GroupCommit? _disk;
    StoreState _latest;
    volatile StoreState _visible;

    Store(StoreState initial, IJournal? journal)
    {
        _latest = _visible = initial;
        _ring = new EventRing(EventWindow, initial.Revision);
        if (journal is not null)
            _disk = new GroupCommit(journal, Publish);
    }

    /// <summary>A store that forgets everything when it is closed.</summary>
    public static Store InMemory() => new(StoreState.Empty, journal: null);

    /// <summary>A store that begins with what <paramref name="journal"/> holds and writes every change to it.</summary>
    public static Store Open(IJournal journal) => new(journal.Load(), journal);

    public StoreState Latest
    {
        get
        {
            lock (_gate)
                return _latest;
        }
    }

    public StoreState Visible => _visible;

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
        lock (_gate)
        {
            if (!ReferenceEquals(_latest.Get(key), expected))
                return null;
            var stored = next.At(key, _latest.Revision + 1);
            _latest = _latest.With(stored);
            Committed(new Change(expected is null ? ChangeType.Added : ChangeType.Modified, stored, expected));
            return stored;
        }
    }

    /// <summary>Removes the object when it still is <paramref name="expected"/>; <paramref name="last"/> is its final state.</summary>
    public StoredObject? TryRemove(StoredObject expected, EncodedObject last)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_latest.Get(expected.Key), expected))
                return null;
            var removed = last.At(expected.Key, _latest.Revision + 1);
            _latest = _latest.Without(removed);
            Committed(new Change(ChangeType.Deleted, removed, expected));
            return removed;
        }
    }

    /// <summary>Waits until every change up to <paramref name="revision"/> survives a crash.</summary>
    public Task DurableAsync(long revision) => _disk?.DurableAsync(revision) ?? Task.CompletedTask;

    /// <summary>
    /// Every change of <paramref name="resource"/> after <paramref name="revision"/>, first those of the window. Null when some of
    /// them are no longer known. With a null revision the feed begins with an addition for each object that exists, and a mark.
    /// </summary>
    public Feed? Follow(string resource, long? revision, bool bounded)
    {
        lock (_gate)
        {
            if (revision < _ring.Floor)
                return null;
            var feed = new Feed(this, resource, bounded);
            if (revision is { } after)
            {
                foreach (var change in _ring.After(after, resource))
                    feed.Offer(new FeedItem(change, change.Object.Revision));
            }
            else
            {
                foreach (var existing in _visible.List(resource, ""))
                    feed.Offer(new FeedItem(new Change(ChangeType.Added, existing, Previous: null), existing.Revision));
                feed.Offer(new FeedItem(Change: null, _visible.Revision));
            }
            FeedsOf(resource).Add(feed);
            return feed;
        }
    }

    internal void Mark(Feed feed)
    {
        lock (_gate)
            feed.Offer(new FeedItem(Change: null, _visible.Revision));
    }

    internal void Remove(Feed feed)
    {
        lock (_gate)
            FeedsOf(feed.Resource).Remove(feed);
    }

    public async ValueTask DisposeAsync()
    {
        if (_disk is not null)
            await _disk.DisposeAsync();
    }

    void Committed(Change change)
    {
        if (_disk is null)
            Show(change, _latest);
        else
            _disk.Enqueue(change, _latest);
    }

    void Publish(IReadOnlyList<PendingChange> durable)
    {
        lock (_gate)
        {
            foreach (var pending in durable)
                Show(pending.Change, pending.State);
        }
    }

    void Show(Change change, StoreState state)
    {
        _visible = state;
        _ring.Add(change);
        Shown?.Invoke(change);
        foreach (var feed in FeedsOf(change.Object.Key.Resource))
            feed.Offer(new FeedItem(change, change.Object.Revision));
    }

    List<Feed> FeedsOf(string resource)
    {
        if (!_feeds.TryGetValue(resource, out var list))
            _feeds[resource] = list = [];
        return list;
    }
}
