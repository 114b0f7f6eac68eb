namespace Dex.Apply;

/// <summary>A set of objects that is deployed, rolled back and removed together.</summary>
/// <param name="Namespace">Where its record lives; never a namespace that the release itself creates.</param>
/// <param name="Name">The name of its record (a ConfigMap) and its lock (a Lease).</param>
public sealed record Release(string Namespace, string Name)
{
    /// <summary>Where objects without a namespace go; null refuses them.</summary>
    public string? TargetNamespace { get; init; }

    /// <summary>
    /// Everything of the release lives in <see cref="TargetNamespace"/>, which is given and never made or removed, and nowhere else are there
    /// any rights: nothing outside of it is read.
    /// </summary>
    public bool IsConfined { get; init; }

    /// <summary>A label selector that matches every object of the release (and, for removal, what it left behind); null: there is none.</summary>
    public string? Selector { get; init; }

    /// <summary>Labels of the record, by which releases are found.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>For people: <c>namespace/name</c>.</summary>
    public override string ToString() => $"{Namespace}/{Name}";
}
