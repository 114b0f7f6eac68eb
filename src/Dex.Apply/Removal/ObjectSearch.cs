using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>An object that was found by its labels.</summary>
/// <param name="Ref">Its name.</param>
/// <param name="Object">Its metadata.</param>
public sealed record FoundObject(ObjectRef Ref, JsonObject Object);

/// <summary>Finds objects of every kind that a cluster serves by their labels. Reads metadata only.</summary>
/// <param name="client">The cluster.</param>
/// <param name="scope">A confined release limits the search to its namespace and to what its role grants.</param>
public sealed class ObjectSearch(KubeClient client, Release scope)
{
    /// <summary>The objects that a selector matches and nobody else owns, and the kinds and groups that could not be looked at.</summary>
    public async Task<(IReadOnlyList<FoundObject> Objects, IReadOnlyList<string> Unverified)> FindAsync(string selector, CancellationToken ct)
    {
        var search = new LabelledObjects(client, scope, selector);
        var (kinds, unavailable) = await search.KindsAsync(ct);
        var answer = await search.FindAsync(kinds, [], new HashSet<string>(), ct);
        return ([.. answer.Objects.Where(found => found.Object.OwnerReferences().Count == 0).Select(found => new FoundObject(new ObjectRef(found.Kind.Gvk, found.Object.Namespace(), found.Object.Name()), found.Object))],
            [.. unavailable.Concat(answer.Unverified).Order(StringComparer.Ordinal)]);
    }
}
