namespace Dex.LocalCluster.Storage;

/// <summary>The states that pages of lists are being read from. Few and not for long: each holds on to objects that may be gone.</summary>
sealed class Snapshots(Store store, TimeProvider time)
{
    const int Most = 64;
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    readonly Lock _gate = new();
    readonly LinkedList<(StoreState State, long Taken)> _kept = new();

    public void Keep(StoreState state)
    {
        lock (_gate)
        {
            if (_kept.Any(k => k.State.Revision == state.Revision))
                return;
            _kept.AddLast((state, time.GetTimestamp()));
            while (_kept.Count > Most || time.GetElapsedTime(_kept.First!.Value.Taken) > Lifetime)
                _kept.RemoveFirst();
        }
    }

    /// <summary>The state at exactly that revision, or null when it is not known any more.</summary>
    public StoreState? At(long revision)
    {
        if (store.Visible is { } now && now.Revision == revision)
            return now;
        lock (_gate)
            return _kept.FirstOrDefault(k => k.State.Revision == revision && time.GetElapsedTime(k.Taken) <= Lifetime).State;
    }
}
