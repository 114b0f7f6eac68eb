using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Planning;

/// <summary>Finds where the kinds of a release are served, also those that the release itself is about to define.</summary>
sealed class Kinds(KubeClient client, IReadOnlyList<JsonObject> objects)
{
    public const string Definition = "CustomResourceDefinition";
    readonly Dictionary<GroupVersionKind, ResourceId?> _known = [];

    /// <summary>The resource of a kind that the release wants.</summary>
    public async ValueTask<ResourceId> ResolveAsync(GroupVersionKind gvk, CancellationToken ct)
    {
        if (_known.TryGetValue(gvk, out var found) && found is not null) return found;
        var resource = KnownResources.Find(gvk) ?? Defined(gvk) ?? await client.ResolveAsync(gvk, ct);
        _known[gvk] = resource;
        return resource;
    }

    /// <summary>The resource of a kind that the release wanted once; null when the cluster does not serve it any more.</summary>
    public async ValueTask<ResourceId?> FindAsync(GroupVersionKind gvk, CancellationToken ct)
    {
        if (_known.TryGetValue(gvk, out var found)) return found;
        return _known[gvk] = KnownResources.Find(gvk) ?? Defined(gvk) ?? await client.Discovery.FindAsync(gvk, ct);
    }

    /// <summary>Whether a definition among the objects makes this kind.</summary>
    public bool IsDefinedHere(GroupVersionKind gvk) => Defined(gvk) is not null;

    /// <summary>Whether a definition makes a kind.</summary>
    public static bool Defines(JsonObject definition, GroupVersionKind gvk) => definition.Text("spec", "group") == gvk.Group && definition.Text("spec", "names", "kind") == gvk.Kind;

    ResourceId? Defined(GroupVersionKind gvk)
    {
        var definition = objects.FirstOrDefault(obj => obj.Kind() == Definition && Defines(obj, gvk));
        return definition?.Text("spec", "names", "plural") is { } plural
            ? new ResourceId(gvk.Group, gvk.Version, plural, gvk.Kind, definition.Text("spec", "scope") == "Namespaced")
            : null;
    }
}
