using System.Collections.Concurrent;
using Dex.Apply.Records;
using Dex.Apply.Removal;
using Dex.Kubernetes.Client;

namespace Dex.Apply.Applying;

/// <summary>
/// Deletes what the release made and does not want any more: by its own inventory and UIDs, never by labels, and in the order of a removal.
/// </summary>
/// <param name="patience">How long what finalizers or a grace period hold is waited for before what it needs goes; zero does not wait.</param>
sealed class Pruner(KubeClient client, TimeSpan patience, IProgress<ApplyEvent>? progress)
{
    readonly ConcurrentQueue<InventoryEntry> _remaining = new();
    readonly ConcurrentDictionary<string, Doomed> _held = new(StringComparer.Ordinal);

    /// <summary>Deletes; what comes back is what the inventory still has to remember.</summary>
    public async Task<IReadOnlyList<InventoryEntry>> PruneAsync(IReadOnlyList<InventoryEntry> entries, CancellationToken ct)
    {
        var started = client.Time.GetTimestamp();
        var doomed = await Doomed.FindAsync(client, [.. entries.Where(IsToGo)], ct);
        foreach (var step in Doomed.InOrder(doomed))
        {
            if (!_held.IsEmpty && patience > TimeSpan.Zero) await WaitAsync(patience - client.Time.GetElapsedTime(started), ct);
            if (!_held.IsEmpty && patience > TimeSpan.Zero) Postpone(step);
            else await InParallel.ForEachAsync(step, PruneAsync, ct);
        }

        return [.. _remaining, .. _held.Select(entry => entry.Value.Entry with { Uid = entry.Key, Phase = InventoryPhase.Deleted })];
    }

    bool IsToGo(InventoryEntry entry)
    {
        // Unless the caller has marked it: a namespace of an earlier life of the same release.
        if (entry is { Ref.Gvk: { Group: "", Kind: "Namespace" }, Phase: not InventoryPhase.Deleted }) Keep(entry, "a namespace is removed with its release only");
        else if (!entry.Owned) progress?.Report(new ObjectKept(entry.Ref, "it existed before the release"));
        else return true;
        return false;
    }

    async Task PruneAsync(Doomed doomed, CancellationToken ct)
    {
        var entry = doomed.Entry;
        try
        {
            if (await Ours.UidAsync(client, doomed.Resource, entry, ct) is { } uid) Account(doomed, uid, await Deletion.DeleteAsync(client, doomed.Resource, entry.Ref, uid, Propagation.Background, ct));
        }
        catch (KubeApiException exception)
        {
            Keep(entry, exception.Status.Message);
        }
    }

    void Account(Doomed doomed, string uid, Deletion.Outcome outcome)
    {
        if (outcome == Deletion.Outcome.Held) _held[uid] = doomed;
        progress?.Report(outcome == Deletion.Outcome.Replaced
            ? new ObjectKept(doomed.Entry.Ref, "somebody else has created another object of this name")
            : new ObjectDeleted(doomed.Entry.Ref, outcome == Deletion.Outcome.Gone));
    }

    void Keep(InventoryEntry entry, string reason)
    {
        _remaining.Enqueue(entry);
        progress?.Report(new ObjectKept(entry.Ref, reason));
    }

    /// <summary>What is held still needs these; the next deploy deletes them.</summary>
    void Postpone(IReadOnlyList<Doomed> step)
    {
        var first = _held.Values.Select(doomed => doomed.Entry.Ref.ToString()).Order(StringComparer.Ordinal).First();
        foreach (var doomed in step) Keep(doomed.Entry, $"`{first}`, which goes before it, is still ending");
    }

    async Task WaitAsync(TimeSpan limit, CancellationToken ct)
    {
        if (limit <= TimeSpan.Zero) return;
        using var timer = new CancellationTokenSource(limit, client.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        var groups = _held.GroupBy(entry => (entry.Value.Resource, entry.Value.Entry.Ref.Namespace)).ToList();
        try
        {
            await Task.WhenAll(groups.Select(group => Deletion.WaitAsync(client, group.Key.Resource, group.Key.Namespace, group.ToDictionary(entry => entry.Key, entry => entry.Value.Entry.Ref), Gone, either.Token)));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // What is still there is told by those that wait for it.
        }
    }

    void Gone(ObjectRef obj)
    {
        foreach (var (uid, _) in _held.Where(entry => entry.Value.Entry.Ref == obj)) _held.TryRemove(uid, out _);
        progress?.Report(new ObjectDeleted(obj, true));
    }
}
