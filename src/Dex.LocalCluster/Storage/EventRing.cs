namespace Dex.LocalCluster.Storage;

/// <summary>The last changes, from which a watch resumes. Not synchronized: the store's lock guards it.</summary>
sealed class EventRing(int capacity, long floor)
{
    readonly Change[] _changes = new Change[capacity];
    long _count;

    /// <summary>The oldest revision a watch may start behind: every later change is still here.</summary>
    public long Floor { get; private set; } = floor;

    public void Add(Change change)
    {
        ref var slot = ref _changes[_count % capacity];
        if (slot is not null)
            Floor = slot.Object.Revision;
        slot = change;
        _count++;
    }

    /// <summary>The changes of one resource after <paramref name="revision"/>, oldest first.</summary>
    public IEnumerable<Change> After(long revision, string resource)
    {
        for (var i = FirstAfter(revision); i < _count; i++)
        {
            var change = _changes[i % capacity];
            if (change.Object.Key.Resource == resource)
                yield return change;
        }
    }

    long FirstAfter(long revision)
    {
        long low = Math.Max(0, _count - capacity), high = _count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_changes[middle % capacity].Object.Revision <= revision)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
