using System.Text.Json.Nodes;
using Dex.Features.Cluster;
using Dex.Features.Manifests;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Features.Environments.Placement;

/// <summary>What an environment will hold.</summary>
/// <param name="Objects">What dex applies.</param>
/// <param name="MadeSecrets">What controllers make for it and nobody but dex takes away.</param>
sealed record PlacedObjects(IReadOnlyList<JsonObject> Objects, IReadOnlyCollection<string> MadeSecrets);

/// <summary>Chooses the strategy, and asks the cluster what only it can tell.</summary>
sealed class Placer(ClusterTarget target, Func<string, SourceSpan?> locate)
{
    /// <summary>The rendered objects as the cluster will hold them. Changes nothing.</summary>
    public async Task<PlacedObjects> PlaceAsync(
        EnvironmentSpec spec, IReadOnlyDictionary<string, string> labels, Rendering rendering, CancellationToken cancellationToken)
    {
        if (spec.Isolation == Isolation.Namespace) return new PlacedObjects(new NamespacePlacement(spec, labels, target.Settings).Place(rendering), []);
        var placement = new PrefixPlacement(spec, labels, Table());
        var placed = placement.Place(rendering.Items);
        var declared = rendering.Items.Where(item => target.Settings.References.ContainsKey(item.Object.Gvk().GroupKind)).ToList();
        var scopes = await Task.WhenAll(declared.Select(async item => (Item: item, Resource: await target.Client.ResolveAsync(item.Object.Gvk(), cancellationToken))));
        // Only the cluster knows the scope of a kind that was declared.
        var outside = scopes.Where(scope => !scope.Resource.Namespaced).Select(scope => PlacementErrors.ClusterScoped(scope.Item, spec)).ToList();
        return outside.Count == 0 ? new PlacedObjects(placed, placement.MadeSecrets) : throw PlacementErrors.Unplaceable(outside);
    }

    ReferenceTable Table() => ReferenceTable.BuiltIn.With(
        target.Settings.References.Select(kind => KeyValuePair.Create(kind.Key, kind.Value.AsEnumerable())),
        (kind, field) => PlacementErrors.BadDeclaration(target.Name, kind, field, locate($"clusters.{target.Name}.references.\"{kind}\".\"{field}\"")));
}
