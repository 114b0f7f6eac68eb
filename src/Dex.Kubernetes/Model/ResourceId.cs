namespace Dex.Kubernetes.Model;

/// <summary>Where the objects of a kind are served: the REST resource behind a kind.</summary>
/// <param name="Group">The API group, empty for core.</param>
/// <param name="Version">The version that is spoken.</param>
/// <param name="Plural">The name in URLs, such as <c>deployments</c>.</param>
/// <param name="Kind">The kind in objects, such as <c>Deployment</c>.</param>
/// <param name="Namespaced">Whether objects live in a namespace.</param>
public sealed record ResourceId(string Group, string Version, string Plural, string Kind, bool Namespaced)
{
    /// <summary>As it stands in an object: <c>apps/v1</c>, or <c>v1</c> for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The plural with its group when it has one, as kubectl takes it: <c>deployments.apps</c>, <c>pods</c>.</summary>
    public string Key => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>The kind with its group and version.</summary>
    public GroupVersionKind Gvk => new(Group, Version, Kind);

    /// <summary>The URL path, from the root, of the collection, an object or one of its subresources.</summary>
    /// <param name="ns">Null or empty: all namespaces (a collection only) or a cluster-scoped kind, for which it is ignored.</param>
    /// <param name="name">Null for the collection.</param>
    /// <param name="subresource">Such as <c>status</c>; null for the object itself.</param>
    public string Path(string? ns, string? name = null, string? subresource = null)
    {
        var root = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        var scope = Namespaced && !string.IsNullOrEmpty(ns) ? $"/namespaces/{Uri.EscapeDataString(ns)}" : "";
        var path = $"{root}{scope}/{Plural}";
        if (name is not null)
        {
            path += "/" + Uri.EscapeDataString(name);
        }

        return subresource is null ? path : $"{path}/{subresource}";
    }

    /// <summary>The same as <see cref="Key"/>.</summary>
    public override string ToString() => Key;
}
