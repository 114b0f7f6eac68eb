namespace Dex.Tests.LocalCluster.Api.Fuzz;

/// <summary>What the model knows of an object: the rules of the API restated as plainly as possible, over one map of fields.</summary>
sealed class ModelObject
{
    public required long Revision { get; set; }
    public required int Generation { get; set; }

    /// <summary>The entries of <c>data</c> (ConfigMap) or <c>spec</c> (custom resource).</summary>
    public SortedDictionary<string, string> Fields { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Whether the map is there at all: an emptied spec stays as <c>{}</c>, emptied data is left out.</summary>
    public bool HasMap { get; set; }

    public SortedDictionary<string, string> Labels { get; set; } = new(StringComparer.Ordinal);

    public HashSet<string> Finalizers { get; set; } = [];

    public bool IsDeleting { get; set; }

    /// <summary>Everything that can be owned, with its value: the entries, the map itself as <c>.</c>, label and finalizers behind a <c>~</c>.</summary>
    public Dictionary<string, string> Paths()
    {
        var paths = new Dictionary<string, string>(Fields, StringComparer.Ordinal);
        if (HasMap)
            paths["."] = "";
        foreach (var (label, value) in Labels)
            paths["~" + label] = value;
        foreach (var finalizer in Finalizers)
            paths["~" + finalizer] = "";
        return paths;
    }

    /// <summary>Who owns which path; appliers and updaters of one name are different owners.</summary>
    public Dictionary<Owner, HashSet<string>> Owners { get; set; } = [];

    /// <summary>Whether anybody ever owned anything: until then updates are not recorded.</summary>
    public bool IsTracked => Owners.Values.Any(o => o.Count > 0);

    public ModelObject Copy() => new()
    {
        Revision = Revision,
        Generation = Generation,
        Fields = new(Fields, StringComparer.Ordinal),
        HasMap = HasMap,
        Labels = new(Labels, StringComparer.Ordinal),
        Finalizers = [.. Finalizers],
        IsDeleting = IsDeleting,
        Owners = Owners.ToDictionary(o => o.Key, o => o.Value.ToHashSet()),
    };
}

readonly record struct Owner(string Manager, bool Applies);
