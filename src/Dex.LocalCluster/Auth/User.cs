namespace Dex.LocalCluster.Auth;

/// <summary>Who asks.</summary>
/// <param name="Name">Such as <c>kubernetes-admin</c> or <c>system:serviceaccount:ns:name</c>.</param>
/// <param name="Groups">All groups, the automatic ones included.</param>
public sealed record User(string Name, IReadOnlyList<string> Groups)
{
    public string Uid { get; init; } = "";
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Extra { get; init; } = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

    /// <summary>May do everything; cannot be restricted by RBAC, as in Kubernetes.</summary>
    public bool IsMaster => Groups.Contains("system:masters");

    internal static readonly User Anonymous = new("system:anonymous", ["system:unauthenticated"]);
}
