using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dex.Apply.Applying;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>Looks through every kind that the cluster serves for objects of a release that are still there.</summary>
sealed class Verification(KubeClient client, Release release, string selector)
{
    /// <summary>How long the garbage collector may take for what belonged to an object that is gone.</summary>
    static readonly TimeSpan Collection = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    // A second copy of endpoints and events under another name would only be listed twice.
    static readonly HashSet<string> Skipped = new(StringComparer.Ordinal) { "events", "events.events.k8s.io", "componentstatuses" };

    /// <summary>What is left, and which kinds could not be looked at.</summary>
    public async Task<(IReadOnlyList<RemainingObject> Found, IReadOnlyList<string> Unverified)> RunAsync(IReadOnlyList<InventoryEntry> inventory, CancellationToken ct)
    {
        var served = await client.Discovery.RefreshAsync(ct);
        IReadOnlyList<ResourceId> kinds = [.. served.Resources
            .Where(resource => resource.Verbs.Contains("list") && resource.Verbs.Contains("delete") && !Skipped.Contains(resource.Id.Key))
            .Select(resource => resource.Id).DistinctBy(resource => resource.Key)];
        var started = client.Time.GetTimestamp();
        while (true)
        {
            var (found, unverified) = await FindAsync(kinds, inventory, ct);
            // Dependents have no record of their own; they follow their owner a moment later.
            if (found.Count == 0 || !found.Any(left => left.Owned) || client.Time.GetElapsedTime(started) > Collection)
            {
                return ([.. found.Select(left => left.Object).OrderBy(obj => obj.Object.ToString(), StringComparer.Ordinal)],
                    [.. served.Unavailable.Concat(unverified).Order(StringComparer.Ordinal)]);
            }

            await Task.Delay(Pause, client.Time, ct);
        }
    }

    async Task<(IReadOnlyCollection<(RemainingObject Object, bool Owned)> Found, IReadOnlyCollection<string> Unverified)> FindAsync(
        IReadOnlyList<ResourceId> kinds, IReadOnlyList<InventoryEntry> inventory, CancellationToken ct)
    {
        var unverified = new ConcurrentQueue<string>();
        var found = new ConcurrentQueue<(RemainingObject, bool)>();
        await InParallel.ForEachAsync(kinds, async (kind, token) =>
        {
            try
            {
                foreach (var obj in (await ListAsync(kind, inventory, token)).Where(obj => !IsRecord(kind, obj)))
                {
                    found.Enqueue((Remains.Of(new ObjectRef(kind.Gvk, obj.Namespace(), obj.Name()), obj), obj.OwnerReferences().Count > 0));
                }
            }
            catch (KubeApiException exception) when (!exception.IsNotFound)
            {
                unverified.Enqueue($"{kind.Key}: {exception.Status.Message}");
            }
        }, ct);
        return (found, unverified);
    }

    /// <summary>The release's own record, lock and revisions outlive it.</summary>
    bool IsRecord(ResourceId kind, JsonObject obj) =>
        kind.Key is "configmaps" or "leases.coordination.k8s.io" && obj.Namespace() == release.Namespace
        && (obj.Name() == release.Name || obj.Name().StartsWith(release.Name + "-r", StringComparison.Ordinal));

    /// <summary>Everywhere; where the role reaches only some namespaces, in those that the release used.</summary>
    async Task<IReadOnlyList<JsonObject>> ListAsync(ResourceId resource, IReadOnlyList<InventoryEntry> inventory, CancellationToken ct)
    {
        var selection = new Selection { Labels = selector, MetadataOnly = true };
        try
        {
            return (await client.ListAsync(resource, null, selection, ct)).Items;
        }
        catch (KubeApiException exception) when (exception.IsForbidden && resource.Namespaced)
        {
            var namespaces = inventory.Select(entry => entry.Ref.Namespace).Where(ns => ns.Length > 0).Distinct().ToList();
            if (namespaces.Count == 0) throw;
            var lists = await Task.WhenAll(namespaces.Select(ns => client.ListAsync(resource, ns, selection, ct)));
            return [.. lists.SelectMany(list => list.Items)];
        }
    }
}
