using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Keeps a node's taints in step with its Ready condition and its cordon.</summary>
sealed class NodeController(ControllerContext context) : Controller(context, "node-controller")
{
    public override void Start() => OnEach("nodes");

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        await Registry.UpdateAsync(key, node =>
        {
            var ready = node.Condition("Ready")?.Text("status");
            return SetTaint(node, "node.kubernetes.io/not-ready", ready is null or "False")
                | SetTaint(node, "node.kubernetes.io/unreachable", ready is "Unknown")
                | SetTaint(node, "node.kubernetes.io/unschedulable", node.Flag("spec", "unschedulable") ?? false);
        }, "", ct);
        return null;
    }

    bool SetTaint(JsonObject node, string key, bool wanted)
    {
        var taints = node.At("spec", "taints") as JsonArray ?? [];
        var found = taints.OfType<JsonObject>().FirstOrDefault(t => t.Text("key") == key && t.Text("effect") == "NoSchedule");
        if (wanted == found is not null)
            return false;

        if (found is not null)
            taints.Remove(found);
        else
            taints.Add((JsonNode)new JsonObject { ["key"] = key, ["effect"] = "NoSchedule", ["timeAdded"] = Timestamp.Format(Now) });

        if (taints.Count == 0)
            node.Child("spec").Remove("taints");
        else
            node.Child("spec")["taints"] = taints;

        return true;
    }
}
