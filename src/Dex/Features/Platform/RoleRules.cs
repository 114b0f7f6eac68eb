using System.Text.Json.Nodes;
using Dex.Features.Cluster;

namespace Dex.Features.Platform;

/// <summary>
/// The rights that dex needs in a namespace that environments share, and no more: a test runs an environment's whole life with them and
/// compares every request with this list.
/// </summary>
static class RoleRules
{
    /// <summary>For what dex makes: read, applied on the server's side, deleted, and waited for.</summary>
    static readonly string[] Manage = ["get", "list", "watch", "create", "patch", "delete"];

    /// <summary>What services and jobs become. A KEDA object only where the cluster is not the embedded one.</summary>
    static IEnumerable<string> Managed(ClusterConfig cluster) =>
    [
        "secrets", "services", "serviceaccounts", "deployments.apps", "statefulsets.apps", "jobs.batch", "cronjobs.batch",
        "horizontalpodautoscalers.autoscaling", "poddisruptionbudgets.policy", "networkpolicies.networking.k8s.io",
        cluster.RouteClass == RouteClass.Gateway ? "httproutes.gateway.networking.k8s.io" : "ingresses.networking.k8s.io",
        .. cluster.RouteClass == RouteClass.Local ? Array.Empty<string>() : ["scaledobjects.keda.sh"],
    ];

    /// <summary>The rules of a Role.</summary>
    /// <param name="cluster">Decides how routes and autoscalers are made.</param>
    /// <param name="more">Further resources that manifests of apps use, as <c>plural.group</c>.</param>
    public static JsonArray Of(ClusterConfig cluster, IEnumerable<string> more)
    {
        var all = Managed(cluster).Concat(more).Distinct().Select(resource => (Resource: resource, Verbs: (IReadOnlyList<string>)Manage))
            .Concat(Special).ToLookup(rule => string.Join(',', rule.Verbs));
        return new JsonArray([.. all.SelectMany(verbs => verbs.Select(rule => Split(rule.Resource)).GroupBy(resource => resource.Group).Select(group => (JsonNode)new JsonObject
        {
            ["apiGroups"] = new JsonArray(group.Key),
            ["resources"] = new JsonArray([.. group.Select(resource => (JsonNode)resource.Plural)]),
            ["verbs"] = new JsonArray([.. verbs.Key.Split(',').Select(verb => (JsonNode)verb)]),
        }))]);
    }

    static readonly (string Resource, IReadOnlyList<string> Verbs)[] Special =
    [
        // Settings of apps, and the records of environments, which are replaced in exactly the state that was read.
        ("configmaps", [.. Manage, "update"]),
        // One run at a time.
        ("leases.coordination.k8s.io", ["get", "list", "watch", "create", "update", "delete"]),
        // StatefulSets make them; nobody but dex removes them.
        ("persistentvolumeclaims", ["get", "list", "watch", "delete"]),
        // Whether pods are ready, and if not why.
        ("pods", ["list", "watch"]),
        ("pods/log", ["get"]),
        ("events", ["list", "watch"]),
        ("replicasets.apps", ["get"]),
        // `dex exec` and `dex forward`; over WebSocket the request is a GET.
        ("pods/exec", ["get", "create"]),
        ("pods/portforward", ["get", "create"]),
    ];

    /// <summary><c>deployments.apps</c> is the resource <c>deployments</c> of the group <c>apps</c>.</summary>
    static (string Plural, string Group) Split(string resource) => resource.Split('.', 2) is [var plural, var group] ? (plural, group) : (resource, "");
}
