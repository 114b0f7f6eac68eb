using System.Text.Json.Nodes;
using Dex.Features.Cluster;

namespace Dex.Features.Platform;

/// <summary>Who gets the rights: a user, a group or a service account.</summary>
/// <param name="Kind">As RBAC names it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Namespace">Of a service account.</param>
sealed record RoleSubject(string Kind, string Name, string? Namespace = null);

/// <summary>A Role with what dex needs in the namespace that environments share, and its binding. Pure.</summary>
static class RoleManifests
{
    const string Name = "dex-environments";
    const string Rbac = "rbac.authorization.k8s.io";

    public static IReadOnlyList<JsonObject> Of(ClusterConfig cluster, RoleSubject subject, IEnumerable<string> more) =>
    [
        new()
        {
            ["apiVersion"] = $"{Rbac}/v1",
            ["kind"] = "Role",
            ["metadata"] = Meta(cluster, Name),
            ["rules"] = RoleRules.Of(cluster, more),
        },
        new()
        {
            ["apiVersion"] = $"{Rbac}/v1",
            ["kind"] = "RoleBinding",
            // Several people may be given the same Role, each by a binding of their own.
            ["metadata"] = Meta(cluster, $"{Name}-{Word(subject.Name)}"),
            ["roleRef"] = new JsonObject { ["apiGroup"] = Rbac, ["kind"] = "Role", ["name"] = Name },
            ["subjects"] = new JsonArray(subject.Namespace is { } ns
                ? new JsonObject { ["kind"] = subject.Kind, ["namespace"] = ns, ["name"] = subject.Name }
                : new JsonObject { ["apiGroup"] = Rbac, ["kind"] = subject.Kind, ["name"] = subject.Name }),
        },
    ];

    /// <summary>Names of people and groups hold what names of objects cannot.</summary>
    static string Word(string name) => string.Concat(name.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '@' ? letter : '-')).Trim('-', '.');

    static JsonObject Meta(ClusterConfig cluster, string name) => new()
    {
        ["name"] = name,
        ["namespace"] = cluster.Namespace,
        ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = "dex" },
    };
}
