namespace Dex.LocalCluster.Auth;

/// <summary>What somebody wants to do: a verb on a resource, or on a path when <see cref="Resource"/> is empty.</summary>
sealed record AccessRequest(string Verb)
{
    public string Group { get; init; } = "";
    public string Version { get; init; } = "";
    public string Resource { get; init; } = "";
    public string Subresource { get; init; } = "";
    public string Namespace { get; init; } = "";
    public string Name { get; init; } = "";
    public string Path { get; init; } = "";

    public bool IsResource => Resource.Length > 0;

    /// <summary>As rules write it: <c>pods/log</c>.</summary>
    public string QualifiedResource => Subresource.Length == 0 ? Resource : $"{Resource}/{Subresource}";
}
