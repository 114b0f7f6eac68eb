using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dex.Apply.Applying;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>Finds what keeps a namespace from ending, also what operators made in it and no record knows.</summary>
sealed class NamespaceContents(KubeClient client)
{
    /// <summary>The objects in it that finalizers hold.</summary>
    public async Task<IReadOnlyList<RemainingObject>> HeldAsync(string ns, CancellationToken ct)
    {
        var held = new ConcurrentQueue<RemainingObject>();
        var served = await client.Discovery.GetAsync(ct);
        var kinds = served.Resources.Where(resource => resource.Id.Namespaced && resource.Verbs.Contains("list") && resource.Verbs.Contains("delete")).Select(resource => resource.Id).DistinctBy(id => id.Key);
        await InParallel.ForEachAsync(kinds, async (kind, token) =>
        {
            foreach (var live in await ListAsync(kind, ns, token))
            {
                if (live.Finalizers().Count > 0) held.Enqueue(Remains.Of(new ObjectRef(kind.Gvk, ns, live.Name()), live));
            }
        }, ct);
        return [.. held.OrderBy(left => left.Object.ToString(), StringComparer.Ordinal)];
    }

    async Task<IReadOnlyList<JsonObject>> ListAsync(ResourceId kind, string ns, CancellationToken ct)
    {
        try
        {
            return (await client.ListAsync(kind, ns, new Selection { MetadataOnly = true }, ct)).Items;
        }
        catch (Exception unreadable) when (unreadable is KubeApiException or KubeConnectionException)
        {
            // The namespace's own conditions are named in any case.
            return [];
        }
    }
}
