using System.Text.Json.Nodes;
using Dex.App;
using Dex.Apply.Planning;
using Dex.Features.Manifests;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Features.Environments.Placement;

/// <summary>
/// Places rendered objects into a namespace that environments share: each is named <c>env-id-name</c>, references between them follow, and
/// every selector is narrowed to the environment. Pure. What the release does not hold (a Secret that others manage) keeps its name.
/// </summary>
sealed class PrefixPlacement(EnvironmentSpec spec, IReadOnlyDictionary<string, string> labels, ReferenceTable table)
{
    readonly PlacedNames _names = new(spec.Prefix);
    readonly SortedSet<string> _made = new(StringComparer.Ordinal);

    /// <summary>After <see cref="Place"/>, the Secrets that controllers will make, by their placed names.</summary>
    public IReadOnlyCollection<string> MadeSecrets => _made;

    /// <summary>The objects as the cluster will hold them.</summary>
    /// <exception cref="UserError">Some cannot live there; it names all of them.</exception>
    public IReadOnlyList<JsonObject> Place(IReadOnlyList<RenderedObject> items)
    {
        Refuse([.. items.Select(Problem).OfType<Diagnostic>()]);
        foreach (var item in items) AddNames(item.Object);
        foreach (var item in items.Where(item => item.Kind == "Secret")) _made.Remove(_names.Of(item.Kind, item.Name));
        var problems = new List<Diagnostic>();
        var placed = items.Select(item => Move(item, problems)).ToList();
        Refuse(problems);
        return placed;
    }

    static void Refuse(IReadOnlyList<Diagnostic> problems)
    {
        if (problems.Count > 0) throw PlacementErrors.Unplaceable(problems);
    }

    Diagnostic? Problem(RenderedObject item)
    {
        var kind = item.Object.Gvk().GroupKind;
        if (UnplaceableKinds.IsClusterScoped(kind)) return PlacementErrors.ClusterScoped(item, spec);
        if (UnplaceableKinds.IsNamespaceWide(kind)) return PlacementErrors.NamespaceWide(item, spec);
        if (table.Find(kind) is null) return PlacementErrors.Undeclared(item, spec);
        return item.Object.Namespace() is { Length: > 0 } other && other != spec.Namespace ? PlacementErrors.OtherNamespace(item, other, spec) : null;
    }

    void AddNames(JsonObject obj)
    {
        _names.Add(obj);
        foreach (var row in Rows(obj).Where(row => row.Meaning == Meaning.Made))
        {
            foreach (var name in row.Path.In(obj).Select(slot => slot.Text).OfType<string>())
            {
                _names.Add(row.Kind, row.Group, name);
                if (row is { Kind: "Secret", Group: "" }) _made.Add(_names.Of(row.Kind, name));
            }
        }
    }

    JsonObject Move(RenderedObject item, List<Diagnostic> problems)
    {
        var obj = item.Object.Copy();
        var name = obj.Name();
        var rewriter = new Rewriter(_names, spec, labels);
        foreach (var row in Rows(obj).ToList())
        {
            foreach (var slot in row.Path.In(obj, create: row.Meaning == Meaning.Labels)) rewriter.Apply(row, slot);
        }

        Dependencies.Rename(obj, needed => needed.Namespace.Length == 0 || needed.Namespace == spec.Namespace ? _names.Find(needed.Gvk.Kind, needed.Gvk.Group, needed.Name) : null);
        obj.Metadata()["name"] = _names.Of(obj.Kind(), name);
        obj.Metadata()["namespace"] = spec.Namespace;
        Labels.Stamp(obj, labels, spec.Owner);
        problems.AddRange(rewriter.Foreign.Select(selector => PlacementErrors.ForeignSelector(item, selector, spec)));
        return obj;
    }

    IEnumerable<Reference> Rows(JsonObject obj) => table.Find(obj.Gvk().GroupKind)!
        .Where(row => row.When is null || row.When.In(obj).Any(slot => slot.Value is not null));
}
