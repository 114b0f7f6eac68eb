using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Keeps one pod of a template on every node that takes it, and replaces them one after another when the template changes.</summary>
sealed class DaemonSetController : Controller
{
    const string Resource = "daemonsets.apps";

    static readonly (string Key, string Effect)[] Tolerated =
    [
        ("node.kubernetes.io/not-ready", "NoExecute"), ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"), ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"), ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ];

    readonly PodControl _control;

    public DaemonSetController(ControllerContext context)
        : base(context, "daemonset-controller") => _control = new(Registry, Events);

    public override void Start()
    {
        OnEach(Resource);
        OnOwned("pods", "DaemonSet", Resource);
        On("nodes", change =>
        {
            if (change.Previous is not { } before || !JsonNode.DeepEquals(before.ToJson()["spec"], change.Object.ToJson()["spec"]) || !before.Labels.SequenceEqual(change.Object.Labels))
                EnqueueAll(Resource);
        });
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        // As of now: a pod that becomes available while this runs is looked at once more.
        var begun = Now;
        if (Registry.Get(key) is not { } set)
            return null;

        var json = set.ToJson();
        var revisions = new ControllerRevisions(Registry, set, json);
        await revisions.SyncAsync(ct);
        var nodes = Registry.List("nodes").Select(n => n.ToJson()).Where(n => NodeFit.Refusal(n, Build(set, json, revisions.Update, n.Name())) is null).Select(n => n.Name()).ToList();
        try
        {
            if (set.DeletionTimestamp is null)
            {
                await PlaceAsync(set, json, revisions.Update, nodes, await PodsAsync(set, json, ct), ct);
                await RollAsync(set, json, revisions.Update, nodes.Count, await PodsAsync(set, json, ct), ct);
            }
        }
        finally
        {
            await DescribeAsync(set, json, revisions.Update, nodes, await PodsAsync(set, json, ct), ct);
        }

        var pods = await PodsAsync(set, json, ct);
        await revisions.TruncateAsync(pods.Select(StatefulPods.RevisionOf), ct);
        return Pod.UntilAvailable(pods, MinReady(json), begun);
    }

    async Task PlaceAsync(StoredObject set, JsonObject json, string revision, List<string> nodes, List<Pod> pods, CancellationToken ct)
    {
        foreach (var pod in pods.Where(p => p.Phase == "Failed" && !p.Deleting))
        {
            Events.Warning(set, "FailedDaemonPod", $"Found failed daemon pod {pod.Stored.Key.Namespace}/{pod.Name} on node {pod.NodeName}, will try to kill it");
            await _control.DeleteAsync(set, pod, ct);
        }

        var active = pods.Where(p => p.Active).ToList();
        var misplaced = active.Where(p => !nodes.Contains(TargetOf(p)))
            .Concat(active.GroupBy(TargetOf).SelectMany(g => g.OrderByDescending(p => p.Ready).ThenBy(p => p.Stored.Revision).Skip(1)));
        await _control.DeleteAsync(set, misplaced.Distinct(), ct);

        // A pod that is ending keeps its place, else two would hold the node's ports at once.
        var missing = nodes.Where(n => !pods.Any(p => TargetOf(p) == n)).ToList();
        await _control.CreateAsync(set, missing.Count, i => Build(set, json, revision, missing[i]), ct);
    }

    async Task RollAsync(StoredObject set, JsonObject json, string revision, int nodes, List<Pod> pods, CancellationToken ct)
    {
        if (json.Text("spec", "updateStrategy", "type") == "OnDelete")
            return;

        var allowed = Math.Max(1, IntOrPercent.Resolve(json.At("spec", "updateStrategy", "rollingUpdate", "maxUnavailable"), nodes, roundUp: true) ?? 1);
        var unavailable = nodes - pods.Count(p => p.Active && p.Available(MinReady(json), Now));
        var old = pods.Where(p => p.Active && StatefulPods.RevisionOf(p) != revision).OrderBy(p => p.Ready).ToList();
        var broken = old.Count(p => !p.Available(MinReady(json), Now));
        await _control.DeleteAsync(set, old.Take(broken + Math.Max(0, allowed - unavailable)), ct);
    }

    async Task DescribeAsync(StoredObject set, JsonObject json, string revision, List<string> nodes, List<Pod> pods, CancellationToken ct)
    {
        var placed = pods.Where(p => !p.Finished && nodes.Contains(TargetOf(p))).DistinctBy(TargetOf).ToList();
        var available = placed.Count(p => p.Active && p.Available(MinReady(json), Now));
        await WriteStatusAsync(set, status =>
        {
            status["currentNumberScheduled"] = placed.Count;
            status["numberMisscheduled"] = pods.Count(p => p.Active && !nodes.Contains(TargetOf(p)));
            status["desiredNumberScheduled"] = nodes.Count;
            status["numberReady"] = placed.Count(p => p.Ready);
            status["observedGeneration"] = json.Generation();
            ReplicaSetController.SetCount(status, "updatedNumberScheduled", placed.Count(p => !p.Deleting && StatefulPods.RevisionOf(p) == revision));
            ReplicaSetController.SetCount(status, "numberAvailable", available);
            ReplicaSetController.SetCount(status, "numberUnavailable", nodes.Count - available);
        }, ct);
    }

    static JsonObject Build(StoredObject set, JsonObject json, string revision, string node)
    {
        var pod = Pod.FromTemplate(json.Object("spec", "template")!, set);
        pod.SetLabel(ControllerRevisions.PodLabel, revision);
        var spec = pod.Child("spec");
        var tolerations = spec["tolerations"] as JsonArray ?? [];
        foreach (var (key, effect) in Tolerated)
            tolerations.Add((JsonNode)new JsonObject { ["key"] = key, ["operator"] = "Exists", ["effect"] = effect });
        spec["tolerations"] = tolerations;

        // The node is wished for and not set, so that the scheduler's events tell of it as of any pod.
        var required = spec.Child("affinity").Child("nodeAffinity").Child("requiredDuringSchedulingIgnoredDuringExecution");
        var terms = required["nodeSelectorTerms"] as JsonArray ?? [new JsonObject()];
        foreach (var term in terms.OfType<JsonObject>())
            term["matchFields"] = new JsonArray(new JsonObject { ["key"] = "metadata.name", ["operator"] = "In", ["values"] = new JsonArray(node) });
        required["nodeSelectorTerms"] = terms;
        return pod;
    }

    /// <summary>The node a pod is on or was made for.</summary>
    static string TargetOf(Pod pod) => pod.NodeName
        ?? pod.Json.Items("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
            .SelectMany(t => t.Items("matchFields")).Select(f => f.TextList("values").FirstOrDefault()).FirstOrDefault() ?? "";

    async Task<List<Pod>> PodsAsync(StoredObject set, JsonObject json, CancellationToken ct) =>
        [.. (await Registry.ClaimAsync(set, Claims.SelectorOf(json), "pods", ct)).Select(p => new Pod(p))];

    static long MinReady(JsonObject json) => json.Number("spec", "minReadySeconds") ?? 0;
}
