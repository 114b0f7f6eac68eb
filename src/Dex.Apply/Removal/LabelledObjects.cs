using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dex.Apply.Applying;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>Looks through every kind that the cluster serves for the objects that carry a release's label. Reads metadata only.</summary>
sealed class LabelledObjects(KubeClient client, Release release, string selector)
{
    // Neither is made by anybody who deploys, and both are many.
    static readonly HashSet<string> Skipped = new(StringComparer.Ordinal) { "events", "events.events.k8s.io", "componentstatuses" };

    /// <summary>The objects by kind, and what could not be looked at.</summary>
    public sealed record Answer(IReadOnlyList<(ResourceId Kind, JsonObject Object)> Objects, IReadOnlyList<string> Unverified);

    /// <summary>The kinds to look through, and the API groups that do not answer.</summary>
    public async Task<(IReadOnlyList<ResourceId> Kinds, IReadOnlyList<string> Unavailable)> KindsAsync(CancellationToken ct)
    {
        var served = await client.Discovery.RefreshAsync(ct);
        var kinds = served.Resources
            .Where(resource => (resource.Id.Namespaced || !release.IsConfined) && resource.Verbs.Contains("list") && resource.Verbs.Contains("delete") && !Skipped.Contains(resource.Id.Key))
            .Select(resource => resource.Id).DistinctBy(resource => resource.Key);
        return ([.. kinds], served.Unavailable);
    }

    /// <param name="namespaces">Where to look when the role does not reach all namespaces.</param>
    /// <param name="needed">
    /// The kinds that a confined release must be able to look at. Others it looks at where its role grants them: what it may not read, it did
    /// not make.
    /// </param>
    public async Task<Answer> FindAsync(IReadOnlyList<ResourceId> kinds, IReadOnlyList<string> namespaces, IReadOnlySet<string> needed, CancellationToken ct)
    {
        var unverified = new ConcurrentQueue<string>();
        var found = new ConcurrentQueue<(ResourceId, JsonObject)>();
        await InParallel.ForEachAsync(kinds, async (kind, token) =>
        {
            try
            {
                foreach (var obj in (await ListAsync(kind, namespaces, token)).Where(obj => !IsRecord(kind, obj))) found.Enqueue((kind, obj));
            }
            catch (KubeApiException exception) when (exception.IsForbidden && release.IsConfined && !needed.Contains(kind.Gvk.GroupKind))
            {
                // Not granted.
            }
            catch (KubeApiException exception) when (!exception.IsNotFound)
            {
                unverified.Enqueue($"{kind.Key}: {exception.Status.Message}");
            }
        }, ct);
        return new Answer([.. found], [.. unverified]);
    }

    /// <summary>
    /// The release's own record, lock and revisions outlive it; so does what it left in another home when it was placed otherwise before.
    /// </summary>
    bool IsRecord(ResourceId kind, JsonObject obj) =>
        kind.Key is "configmaps" or "leases.coordination.k8s.io"
        && (obj.Name() == release.Name || obj.Name().StartsWith(release.Name + "-r", StringComparison.Ordinal));

    async Task<IReadOnlyList<JsonObject>> ListAsync(ResourceId resource, IReadOnlyList<string> namespaces, CancellationToken ct)
    {
        var selection = new Selection { Labels = selector, MetadataOnly = true };
        if (release.IsConfined) return (await client.ListAsync(resource, release.TargetNamespace, selection, ct)).Items;
        try
        {
            return (await client.ListAsync(resource, null, selection, ct)).Items;
        }
        catch (KubeApiException exception) when (exception.IsForbidden && resource.Namespaced && namespaces.Count > 0)
        {
            var lists = await Task.WhenAll(namespaces.Select(ns => client.ListAsync(resource, ns, selection, ct)));
            return [.. lists.SelectMany(list => list.Items)];
        }
    }
}
