using System.Text.Json.Nodes;

namespace Dex.Features.Platform;

/// <summary>A CronJob that runs <c>dex env gc</c> in the cluster, and the rights that it needs. Pure.</summary>
/// <param name="Image">An image whose entrypoint is dex.</param>
/// <param name="Schedule">When it runs, as cron writes it.</param>
/// <param name="Namespace">Where the records of environments are.</param>
sealed record GcManifests(string Image, string Schedule, string Namespace)
{
    const string Name = "dex-gc";
    const string Rbac = "rbac.authorization.k8s.io";
    const string AccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    public IReadOnlyList<JsonObject> Objects() =>
    [
        new() { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = Meta(Namespace, null) },
        new() { ["apiVersion"] = "v1", ["kind"] = "ServiceAccount", ["metadata"] = Meta(Name, Namespace) },
        // An environment may hold objects of any kind, and looking that none is left means to look at every kind.
        Role("ClusterRole", null, Rule("*", "*", "get", "list", "watch", "delete"), Rule("batch", "cronjobs", "patch")),
        Binding("ClusterRole", null),
        // Records and locks; nothing else is written.
        Role("Role", Namespace, Rule("", "configmaps", "create", "update"), Rule("coordination.k8s.io", "leases", "create", "update")),
        Binding("Role", Namespace),
        CronJob(),
    ];

    JsonObject CronJob() => new()
    {
        ["apiVersion"] = "batch/v1",
        ["kind"] = "CronJob",
        ["metadata"] = Meta(Name, Namespace),
        ["spec"] = new JsonObject
        {
            ["schedule"] = Schedule,
            ["concurrencyPolicy"] = "Forbid",
            ["successfulJobsHistoryLimit"] = 1,
            ["failedJobsHistoryLimit"] = 3,
            ["jobTemplate"] = new JsonObject { ["spec"] = new JsonObject { ["backoffLimit"] = 0, ["template"] = new JsonObject { ["spec"] = Pod() } } },
        },
    };

    JsonObject Pod() => new()
    {
        ["serviceAccountName"] = Name,
        ["restartPolicy"] = "Never",
        ["containers"] = new JsonArray(new JsonObject
        {
            ["name"] = "gc",
            ["image"] = Image,
            ["args"] = new JsonArray("env", "gc", "--in-cluster", "--within", "10m"),
            ["env"] = new JsonArray(Variable("DEX_HOME", "/tmp/dex"), Variable("DEX_SERVICE_ACCOUNT", AccountFolder)),
            ["resources"] = new JsonObject
            {
                ["requests"] = new JsonObject { ["cpu"] = "50m", ["memory"] = "128Mi" },
                ["limits"] = new JsonObject { ["memory"] = "512Mi" },
            },
            ["securityContext"] = new JsonObject { ["allowPrivilegeEscalation"] = false, ["runAsNonRoot"] = true, ["capabilities"] = new JsonObject { ["drop"] = new JsonArray("ALL") } },
            ["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = "tmp", ["mountPath"] = "/tmp" }),
        }),
        ["volumes"] = new JsonArray(new JsonObject { ["name"] = "tmp", ["emptyDir"] = new JsonObject() }),
    };

    static JsonObject Variable(string name, string value) => new() { ["name"] = name, ["value"] = value };

    static JsonObject Rule(string group, string resource, params string[] verbs) => new()
    {
        ["apiGroups"] = new JsonArray(group),
        ["resources"] = new JsonArray(resource),
        ["verbs"] = new JsonArray([.. verbs.Select(verb => (JsonNode)verb)]),
    };

    static JsonObject Role(string kind, string? ns, params JsonObject[] rules) => new()
    {
        ["apiVersion"] = $"{Rbac}/v1",
        ["kind"] = kind,
        ["metadata"] = Meta(Name, ns),
        ["rules"] = new JsonArray([.. rules]),
    };

    JsonObject Binding(string kind, string? ns) => new()
    {
        ["apiVersion"] = $"{Rbac}/v1",
        ["kind"] = $"{kind}Binding",
        ["metadata"] = Meta(Name, ns),
        ["roleRef"] = new JsonObject { ["apiGroup"] = Rbac, ["kind"] = kind, ["name"] = Name },
        ["subjects"] = new JsonArray(new JsonObject { ["kind"] = "ServiceAccount", ["namespace"] = Namespace, ["name"] = Name }),
    };

    static JsonObject Meta(string name, string? ns)
    {
        var meta = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["app.kubernetes.io/managed-by"] = "dex" } };
        if (ns is not null) meta["namespace"] = ns;
        return meta;
    }
}
