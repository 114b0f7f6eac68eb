using System.Collections.Concurrent;
using Dex.Apply.Planning;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Applying;

/// <summary>Deletes what the release made and does not want any more: by its own inventory and UIDs, never by labels.</summary>
sealed class Pruner(KubeClient client, IProgress<ApplyEvent>? progress)
{
    /// <summary>Deletes; what comes back is what the inventory still has to remember.</summary>
    public async Task<IReadOnlyList<InventoryEntry>> PruneAsync(IReadOnlyList<InventoryEntry> entries, CancellationToken ct)
    {
        var remaining = new ConcurrentQueue<InventoryEntry>();
        var kinds = new Kinds(client, []);
        var resources = new Dictionary<GroupVersionKind, ResourceId?>();
        foreach (var gvk in entries.Select(entry => entry.Ref.Gvk).Distinct()) resources[gvk] = await kinds.FindAsync(gvk, ct);

        await InParallel.ForEachAsync(entries, async (entry, token) =>
        {
            if (await PruneAsync(entry, resources[entry.Ref.Gvk], token) is { } rest) remaining.Enqueue(rest);
        }, ct);
        return [.. remaining];
    }

    async Task<InventoryEntry?> PruneAsync(InventoryEntry entry, ResourceId? resource, CancellationToken ct)
    {
        // Its definition is gone, and with it every object of the kind.
        if (resource is null) return null;
        // Unless the caller has marked it: a namespace of an earlier life of the same release.
        if (entry is { Ref.Gvk: { Group: "", Kind: "Namespace" }, Phase: not InventoryPhase.Deleted })
        {
            progress?.Report(new ObjectKept(entry.Ref, "a namespace is removed with its release only"));
            return entry;
        }

        if (!entry.Owned)
        {
            progress?.Report(new ObjectKept(entry.Ref, "it existed before the release"));
            return null;
        }

        if (await Ours.UidAsync(client, resource, entry, ct) is not { } uid) return null;
        try
        {
            var outcome = await Deletion.DeleteAsync(client, resource, entry.Ref, uid, Propagation.Background, ct);
            if (outcome == Deletion.Outcome.Replaced)
            {
                progress?.Report(new ObjectKept(entry.Ref, "somebody else has created another object of this name"));
                return null;
            }

            progress?.Report(new ObjectDeleted(entry.Ref, outcome == Deletion.Outcome.Gone));
            return outcome == Deletion.Outcome.Gone ? null : entry with { Uid = uid, Phase = InventoryPhase.Deleted };
        }
        catch (KubeApiException exception)
        {
            progress?.Report(new ObjectKept(entry.Ref, exception.Status.Message));
            return entry;
        }
    }
}
