using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>The scheduler of a cluster with one node: binds pods to the first node that takes them and says why none does.</summary>
sealed class Binder(ControllerContext context) : Controller(context, "default-scheduler")
{
    readonly ConcurrentDictionary<ObjectKey, bool> _waiting = new();

    public override void Start()
    {
        On("pods", change =>
        {
            if (change.Type == ChangeType.Deleted)
                _waiting.TryRemove(change.Object.Key, out _);
            else if (change.Previous is null || _waiting.ContainsKey(change.Object.Key))
                Enqueue(change.Object.Key);
        });
        On("nodes", change =>
        {
            if (change.Previous is null || MattersToPods(change.Previous.ToJson(), change.Object.ToJson()))
                RetryAll();
        });
        On("persistentvolumeclaims", _ => RetryAll());
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (Registry.Get(key) is not { DeletionTimestamp: null } stored || stored.ToJson() is not { } pod || !WantsNode(pod))
        {
            _waiting.TryRemove(key, out _);
            return null;
        }

        // Noted before looking: a node that comes in between would otherwise be missed.
        _waiting[key] = true;
        var nodes = Registry.List("nodes").Select(n => n.ToJson()).ToList();
        var volumes = VolumeRefusal(pod, key.Namespace);
        var node = volumes is null ? nodes.Find(n => NodeFit.Refusal(n, pod) is null) : null;
        if (node is null)
        {
            await RefuseAsync(stored, volumes, nodes, pod, ct);
            return null;
        }

        var bound = await Registry.UpdateAsync(key, live => Bind(live, node.Name()), "binding", ct);
        _waiting.TryRemove(key, out _);
        if (bound is not null)
            Events.Normal(stored, "Scheduled", $"Successfully assigned {key.Namespace}/{key.Name} to {node.Name()}");

        return null;
    }

    bool Bind(JsonObject pod, string node)
    {
        if (!WantsNode(pod) || pod.DeletionTimestamp() is not null)
            return false;

        pod.Child("spec")["nodeName"] = node;
        SetScheduled(pod.Child("status"), "True", null, null);
        return true;
    }

    async Task RefuseAsync(StoredObject stored, string? volumes, List<JsonObject> nodes, JsonObject pod, CancellationToken ct)
    {
        var message = nodes.Count == 0 ? "no nodes available to schedule pods" : $"0/{nodes.Count} nodes are available: {volumes ?? Reasons(nodes, pod)}. "
            + $"preemption: 0/{nodes.Count} nodes are available: {nodes.Count} Preemption is not helpful for scheduling.";
        await WriteStatusAsync(stored, status => SetScheduled(status, "False", "Unschedulable", message), ct);
        Events.Warning(stored, "FailedScheduling", message);
    }

    static string Reasons(List<JsonObject> nodes, JsonObject pod) =>
        string.Join(", ", nodes.CountBy(n => NodeFit.Refusal(n, pod) ?? "").Select(r => $"{r.Value} {r.Key}").Order(StringComparer.Ordinal));

    string? VolumeRefusal(JsonObject pod, string ns)
    {
        foreach (var name in pod.Items("spec", "volumes").Select(v => ClaimName(v, pod)).OfType<string>())
        {
            var claim = Registry.Get(new("persistentvolumeclaims", ns, name))?.ToJson();
            if (claim is null)
                return $"persistentvolumeclaim \"{name}\" not found";

            if (claim.Text("status", "phase") != "Bound")
                return "pod has unbound immediate PersistentVolumeClaims";
        }

        return null;
    }

    /// <summary>The claim behind a volume; an ephemeral one is named after pod and volume.</summary>
    internal static string? ClaimName(JsonObject volume, JsonObject pod) =>
        volume.Text("persistentVolumeClaim", "claimName") ?? (volume.Object("ephemeral") is null ? null : $"{pod.Name()}-{volume.Text("name")}");

    void SetScheduled(JsonObject status, string value, string? reason, string? message)
    {
        Conditions.Set(status, "PodScheduled", value, reason ?? "", message ?? "", Now);
        var condition = Conditions.Find(status, "PodScheduled")!;
        condition["lastProbeTime"] = null;
        if (reason is null)
        {
            condition.Remove("reason");
            condition.Remove("message");
        }
    }

    void RetryAll()
    {
        foreach (var key in _waiting.Keys)
            Enqueue(key);
    }

    /// <summary>A node's heartbeat is no reason to try again.</summary>
    static bool MattersToPods(JsonObject before, JsonObject after) =>
        !JsonNode.DeepEquals(before["spec"], after["spec"]) || !JsonNode.DeepEquals(before.At("metadata", "labels"), after.At("metadata", "labels"))
        || !JsonNode.DeepEquals(before.At("status", "allocatable"), after.At("status", "allocatable"));

    static bool WantsNode(JsonObject pod) => string.IsNullOrEmpty(pod.Text("spec", "nodeName"))
        && pod.Text("spec", "schedulerName") is null or "default-scheduler"
        && !pod.Items("spec", "schedulingGates").Any();
}
