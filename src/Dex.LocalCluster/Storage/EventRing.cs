namespace Dex.LocalCluster.Storage;

/// <summary>The last changes, from which a watch resumes. Not synchronized: the store's lock guards it.</summary>
internal sealed class EventRing(int capacity, long floor)
{
    readonly Change[] changes = new Change[capacity];
    long count;

    /// <summary>The oldest revision a watch may start behind: every later change is still here.</summary>
    public long Floor { get; private set; } = floor;

    public void Add(Change change)
    {
        ref var slot = ref changes[count % capacity];
        if (slot is not null)
            Floor = slot.Object.Revision;
        slot = change;
        count++;
    }

    /// <summary>The changes of one resource after <paramref name="revision"/>, oldest first.</summary>
    public IEnumerable<Change> After(long revision, string resource)
    {
        for (var i = FirstAfter(revision); i < count; i++)
        {
            var change = changes[i % capacity];
            if (change.Object.Key.Resource == resource)
                yield return change;
        }
    }

    long FirstAfter(long revision)
    {
        long low = Math.Max(0, count - capacity), high = count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (changes[middle % capacity].Object.Revision <= revision)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
