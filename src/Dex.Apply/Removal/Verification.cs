using System.Collections.Concurrent;
using Dex.Apply.Applying;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>Looks through every kind that the cluster serves for objects of a release that are still there.</summary>
sealed class Verification(KubeClient client, string selector)
{
    // A second copy of endpoints and events under another name would only be listed twice.
    static readonly HashSet<string> Skipped = new(StringComparer.Ordinal) { "events", "events.events.k8s.io", "componentstatuses" };

    /// <summary>What is left, and which kinds could not be looked at.</summary>
    public async Task<(IReadOnlyList<RemainingObject> Found, IReadOnlyList<string> Unverified)> FindAsync(IReadOnlyList<InventoryEntry> inventory, CancellationToken ct)
    {
        var served = await client.Discovery.RefreshAsync(ct);
        var unverified = new ConcurrentQueue<string>(served.Unavailable);
        var found = new ConcurrentQueue<RemainingObject>();
        var kinds = served.Resources.Where(resource => resource.Verbs.Contains("list") && resource.Verbs.Contains("delete") && !Skipped.Contains(resource.Id.Key)).DistinctBy(resource => resource.Id.Key);
        await InParallel.ForEachAsync(kinds, async (kind, token) =>
        {
            try
            {
                foreach (var obj in (await ListAsync(kind.Id, inventory, token)).DistinctBy(obj => obj.Uid()))
                {
                    found.Enqueue(Remains.Of(new ObjectRef(kind.Id.Gvk, obj.Namespace(), obj.Name()), obj));
                }
            }
            catch (KubeApiException exception) when (!exception.IsNotFound)
            {
                unverified.Enqueue($"{kind.Id.Key}: {exception.Status.Message}");
            }
        }, ct);
        return ([.. found.OrderBy(obj => obj.Object.ToString(), StringComparer.Ordinal)], [.. unverified.Order(StringComparer.Ordinal)]);
    }

    /// <summary>Everywhere; where the role reaches only some namespaces, in those that the release used.</summary>
    async Task<IReadOnlyList<System.Text.Json.Nodes.JsonObject>> ListAsync(ResourceId resource, IReadOnlyList<InventoryEntry> inventory, CancellationToken ct)
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
