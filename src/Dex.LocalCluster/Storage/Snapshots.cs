namespace Dex.LocalCluster.Storage;

/// <summary>The states that pages of lists are being read from. Few and not for long: each holds on to objects that may be gone.</summary>
internal sealed class Snapshots(Store store, TimeProvider time)
{
    const int Most = 64;
    static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    readonly Lock gate = new();
    readonly LinkedList<(StoreState State, long Taken)> kept = new();

    public void Keep(StoreState state)
    {
        lock (gate)
        {
            if (kept.Any(k => k.State.Revision == state.Revision))
                return;
            kept.AddLast((state, time.GetTimestamp()));
            while (kept.Count > Most || time.GetElapsedTime(kept.First!.Value.Taken) > Lifetime)
                kept.RemoveFirst();
        }
    }

    /// <summary>The state at exactly that revision, or null when it is not known any more.</summary>
    public StoreState? At(long revision)
    {
        if (store.Visible is { } now && now.Revision == revision)
            return now;
        lock (gate)
            return kept.FirstOrDefault(k => k.State.Revision == revision && time.GetElapsedTime(k.Taken) <= Lifetime).State;
    }
}
