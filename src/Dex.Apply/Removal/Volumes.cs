using System.Text.Json.Nodes;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>The volume claims of a release and the volumes behind them that outlive it.</summary>
sealed class Volumes(KubeClient client, Release release)
{
    static readonly ResourceId Claims = KnownResources.Get("v1", "PersistentVolumeClaim");
    static readonly ResourceId PersistentVolumes = KnownResources.Get("v1", "PersistentVolume");

    /// <summary>
    /// Claims that are in no record, as a StatefulSet makes them from its template, and volumes that their reclaim policy keeps.
    /// </summary>
    /// <param name="owned">Namespaces that go as a whole.</param>
    public async Task<(IReadOnlyList<InventoryEntry> Claims, IReadOnlyList<RemainingObject> Retained)> FindAsync(
        IReadOnlyList<InventoryEntry> inventory, IReadOnlySet<string> owned, CancellationToken ct)
    {
        var claims = new List<InventoryEntry>();
        var retained = new List<RemainingObject>();
        var known = inventory.Select(entry => entry.Ref).ToHashSet();
        foreach (var ns in inventory.Where(entry => entry.Ref.Gvk.GroupKind is "StatefulSet.apps" or "PersistentVolumeClaim").Select(entry => entry.Ref.Namespace).Distinct())
        {
            foreach (var claim in await ListAsync(ns, isOwned: owned.Contains(ns), known, ct))
            {
                var name = new ObjectRef(Claims.Gvk, ns, claim.Name());
                if (!known.Contains(name) && !owned.Contains(ns)) claims.Add(new InventoryEntry(name) { Uid = claim.Uid(), Phase = InventoryPhase.Applied, Owned = true });
                if (claim.Text("spec", "volumeName") is { Length: > 0 } volume && await RetainedAsync(volume, ct) is { } kept) retained.Add(kept);
            }
        }

        return (claims, retained);
    }

    /// <summary>The release's claims: all of a namespace of its own, elsewhere those with its label and those in its record.</summary>
    async Task<IEnumerable<JsonObject>> ListAsync(string ns, bool isOwned, HashSet<ObjectRef> known, CancellationToken ct)
    {
        if (isOwned || release.Selector is null) return (await client.ListAsync(Claims, ns, Selection.All, ct)).Items.Where(claim => isOwned || known.Contains(ObjectRef.Of(claim)));
        return (await client.ListAsync(Claims, ns, new Selection { Labels = release.Selector }, ct)).Items;
    }

    async Task<RemainingObject?> RetainedAsync(string volume, CancellationToken ct)
    {
        // A namespaced role cannot read volumes; whether this one is kept is then its owner's knowledge.
        if (release.IsConfined) return null;
        try
        {
            var live = await client.GetAsync(PersistentVolumes, null, volume, ct);
            if (live?.Text("spec", "persistentVolumeReclaimPolicy") != "Retain") return null;
            return new RemainingObject(new ObjectRef(PersistentVolumes.Gvk, "", volume), "its reclaim policy `Retain` keeps it and its data");
        }
        catch (KubeApiException exception) when (exception.IsForbidden)
        {
            return null;
        }
    }
}
