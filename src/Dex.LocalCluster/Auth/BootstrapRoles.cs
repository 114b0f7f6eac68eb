using System.Text.Json.Nodes;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Auth;

/// <summary>The roles that every Kubernetes cluster has and people bind to.</summary>
static class BootstrapRoles
{
    const string Suffix = ".rbac.authorization.k8s.io";

    static readonly string[] Read = ["get", "list", "watch"];
    static readonly string[] Write = ["create", "delete", "deletecollection", "patch", "update"];

    // group: resources, of what a developer works with.
    static readonly (string Group, string[] Resources)[] Editable =
    [
        ("", ["configmaps", "endpoints", "persistentvolumeclaims", "pods", "replicationcontrollers", "replicationcontrollers/scale", "services", "services/proxy", "serviceaccounts", "events", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "pods/eviction"]),
        ("apps", ["daemonsets", "deployments", "deployments/rollback", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets", "statefulsets/scale"]),
        ("autoscaling", ["horizontalpodautoscalers"]),
        ("batch", ["cronjobs", "jobs"]),
        ("networking.k8s.io", ["ingresses", "networkpolicies"]),
        ("policy", ["poddisruptionbudgets"]),
        ("coordination.k8s.io", ["leases"]),
    ];

    static readonly (string Group, string[] Resources)[] Viewable =
    [
        ("", ["configmaps", "endpoints", "persistentvolumeclaims", "persistentvolumeclaims/status", "pods", "pods/log", "pods/status", "replicationcontrollers", "replicationcontrollers/scale", "replicationcontrollers/status", "serviceaccounts", "services", "services/status", "bindings", "events", "limitranges", "namespaces", "namespaces/status", "resourcequotas", "resourcequotas/status"]),
        ("apps", ["controllerrevisions", "daemonsets", "daemonsets/status", "deployments", "deployments/scale", "deployments/status", "replicasets", "replicasets/scale", "replicasets/status", "statefulsets", "statefulsets/scale", "statefulsets/status"]),
        ("autoscaling", ["horizontalpodautoscalers", "horizontalpodautoscalers/status"]),
        ("batch", ["cronjobs", "cronjobs/status", "jobs", "jobs/status"]),
        ("discovery.k8s.io", ["endpointslices"]),
        ("networking.k8s.io", ["ingresses", "ingresses/status", "networkpolicies"]),
        ("policy", ["poddisruptionbudgets", "poddisruptionbudgets/status"]),
        ("metrics.k8s.io", ["pods", "nodes"]),
    ];

    public static async Task CreateAsync(Registry registry, CancellationToken ct)
    {
        // Together, so that a durable store syncs them at once.
        await Task.WhenAll([
            .. Roles().Select(role => EnsureAsync(registry, "clusterroles" + Suffix, role.Name, new JsonObject { ["rules"] = role.Rules }, ct)),
            BindAsync(registry, "cluster-admin", "system:masters", ct),
            BindAsync(registry, "system:basic-user", "system:authenticated", ct),
            BindAsync(registry, "system:discovery", "system:authenticated", ct),
            BindAsync(registry, "system:public-info-viewer", "system:authenticated", ct, "system:unauthenticated"),
        ]);
    }

    static IEnumerable<(string Name, JsonArray Rules)> Roles()
    {
        JsonArray Editor() => new([.. Editable.Select(e => Rule(Write, e.Group, e.Resources)), .. Viewable.Select(v => Rule(Read, v.Group, v.Resources)),
            Rule([.. Read, .. Write], "", "secrets"), Rule(["get", "create"], "", "pods/exec", "pods/attach", "pods/portforward", "pods/proxy"), Rule(["impersonate"], "", "serviceaccounts"),
            Rule(["create"], "", "serviceaccounts/token")]);
        var admin = Editor();
        admin.Add((JsonNode)Rule([.. Read, .. Write], "rbac.authorization.k8s.io", "roles", "rolebindings"));
        admin.Add((JsonNode)Rule(["create"], "authorization.k8s.io", "localsubjectaccessreviews"));
        yield return ("cluster-admin", [Rule(["*"], "*", "*"), Paths("*", "*")]);
        yield return ("admin", admin);
        yield return ("edit", Editor());
        yield return ("view", [.. Viewable.Select(v => Rule(Read, v.Group, v.Resources))]);
        yield return ("system:basic-user", [Rule(["create"], "authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectrulesreviews"), Rule(["create"], "authentication.k8s.io", "selfsubjectreviews")]);
        yield return ("system:discovery", [Paths("get", "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz", "/version", "/version/")]);
        yield return ("system:public-info-viewer", [Paths("get", "/healthz", "/livez", "/readyz", "/version", "/version/")]);
    }

    static Task BindAsync(Registry registry, string role, string group, CancellationToken ct, params ReadOnlySpan<string> more)
    {
        var subjects = new JsonArray();
        foreach (var name in (string[])[group, .. more])
            subjects.Add((JsonNode)new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "Group", ["name"] = name });
        return EnsureAsync(registry, "clusterrolebindings" + Suffix, role, new JsonObject
        {
            ["roleRef"] = new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "ClusterRole", ["name"] = role },
            ["subjects"] = subjects,
        }, ct);
    }

    static async Task EnsureAsync(Registry registry, string resource, string name, JsonObject body, CancellationToken ct)
    {
        if (registry.Get(new ObjectKey(resource, "", name)) is not null)
            return;
        body["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["kubernetes.io/bootstrapping"] = "rbac-defaults" } };
        await registry.CreateAsync(resource, "", body, ct);
    }

    static JsonObject Rule(string[] verbs, string group, params string[] resources) => new()
    {
        ["verbs"] = Strings(verbs),
        ["apiGroups"] = Strings(group),
        ["resources"] = Strings(resources),
    };

    static JsonObject Paths(string verb, params string[] paths) => new() { ["verbs"] = Strings(verb), ["nonResourceURLs"] = Strings(paths) };

    static JsonArray Strings(params string[] values) => new([.. values.Select(v => (JsonNode)v)]);
}
