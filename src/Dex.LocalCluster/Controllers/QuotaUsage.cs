using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>What objects count for in a ResourceQuota.</summary>
static class QuotaUsage
{
    static readonly string[] Counted =
        ["pods", "services", "secrets", "configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas", "services.nodeports", "services.loadbalancers"];

    /// <summary>The resource whose objects a quota's line counts: <c>requests.cpu</c> counts pods. Null for a line that nothing counts for.</summary>
    public static string? ResourceOf(string line) => line switch
    {
        _ when line.StartsWith("count/", StringComparison.Ordinal) => line["count/".Length..],
        "services.nodeports" or "services.loadbalancers" => "services",
        "requests.storage" => "persistentvolumeclaims",
        "cpu" or "memory" => "pods",
        _ when line.StartsWith("requests.", StringComparison.Ordinal) || line.StartsWith("limits.", StringComparison.Ordinal) => "pods",
        _ => Counted.Contains(line) ? line : null,
    };

    /// <summary>What one object counts for in a line.</summary>
    public static decimal Of(string line, JsonObject obj) => line switch
    {
        "pods" => Runs(obj) ? 1 : 0,
        "services.nodeports" => obj.Text("spec", "type") is "NodePort" or "LoadBalancer" ? obj.Items("spec", "ports").Count() : 0,
        "services.loadbalancers" => obj.Text("spec", "type") == "LoadBalancer" ? 1 : 0,
        "requests.storage" => PodResources.Amount(obj.At("spec", "resources", "requests", "storage")),
        "cpu" or "memory" => Runs(obj) ? PodResources.Sum(obj, "requests", line) : 0,
        _ when line.StartsWith("requests.", StringComparison.Ordinal) => Runs(obj) ? PodResources.Sum(obj, "requests", line["requests.".Length..]) : 0,
        _ when line.StartsWith("limits.", StringComparison.Ordinal) => Runs(obj) ? PodResources.Sum(obj, "limits", line["limits.".Length..]) : 0,
        _ => 1,
    };

    /// <summary>What is used of a line in a namespace, by the pods that a quota's scopes take in.</summary>
    public static decimal Used(Func<string, string, IEnumerable<StoredObject>> list, string ns, JsonObject quota, string line) => ResourceOf(line) is { } resource
        ? list(resource, ns).Select(o => o.ToJson()).Where(o => InScope(quota, resource, o)).Sum(o => Of(line, o))
        : 0;

    /// <summary>Whether a quota counts an object: its scopes speak of pods only.</summary>
    public static bool InScope(JsonObject quota, string resource, JsonObject obj) => resource != "pods" || quota.TextList("spec", "scopes").All(scope => scope switch
    {
        "Terminating" => obj.Number("spec", "activeDeadlineSeconds") is not null,
        "NotTerminating" => obj.Number("spec", "activeDeadlineSeconds") is null,
        "BestEffort" => BestEffort(obj),
        "NotBestEffort" => !BestEffort(obj),
        _ => true,
    });

    /// <summary>An amount as the quota's own line is written: bytes with a power of two where the limit has one.</summary>
    public static string Format(decimal amount, string hard)
    {
        var binary = Quantity.TryParse(hard, out var limit) && limit.IsBinary;
        var plain = Quantity.Parse(amount.ToString("0.#########", CultureInfo.InvariantCulture));
        return (binary ? Quantity.Parse("0Ki") + plain : plain).ToString();
    }

    static bool BestEffort(JsonObject pod) => pod.Items("spec", "containers").All(c => c.Object("resources", "requests") is not { Count: > 0 } && c.Object("resources", "limits") is not { Count: > 0 });

    static bool Runs(JsonObject pod) => pod.Text("status", "phase") is not ("Succeeded" or "Failed");
}

/// <summary>Keeps <c>status.used</c> of ResourceQuotas; that they are kept to is <see cref="QuotaAdmission"/>'s work.</summary>
sealed class QuotaController(ControllerContext context) : Controller(context, "resourcequota-controller")
{
    EveryResource? _everything;

    public override void Start()
    {
        OnEach("resourcequotas");
        _everything = new(Registry, change =>
        {
            if (change.Object.Key.Namespace.Length > 0)
            {
                foreach (var quota in Registry.List("resourcequotas", change.Object.Key.Namespace))
                    Enqueue(quota.Key);
            }
        });
    }

    public override ValueTask DisposeAsync()
    {
        _everything?.Dispose();
        return base.DisposeAsync();
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (Registry.Get(key) is not { } stored)
            return null;

        var quota = stored.ToJson();
        var hard = quota.Object("spec", "hard") ?? [];
        await WriteStatusAsync(stored, status =>
        {
            status["hard"] = hard.DeepClone();
            status["used"] = new JsonObject([.. hard.Select(line => KeyValuePair.Create(line.Key,
                (JsonNode?)QuotaUsage.Format(QuotaUsage.Used(Registry.List, key.Namespace, quota, line.Key), line.Value?.ToString() ?? "")))]);
        }, ct);
        return null;
    }
}
