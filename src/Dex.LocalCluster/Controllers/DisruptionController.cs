using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Keeps the arithmetic of PodDisruptionBudgets, which evictions ask.</summary>
sealed class DisruptionController(ControllerContext context) : Controller(context, "controllermanager")
{
    const string Resource = "poddisruptionbudgets.policy";

    /// <summary>How long an eviction counts although its pod has not begun to end.</summary>
    static readonly TimeSpan EvictionTakes = TimeSpan.FromMinutes(2);

    public override void Start()
    {
        OnEach(Resource);
        On("pods", change =>
        {
            foreach (var budget in Registry.List(Resource, change.Object.Key.Namespace).Where(b => Claims.SelectorOf(b.ToJson()).Matches(change.Object.Labels)))
                Enqueue(budget.Key);
        });
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (Registry.Get(key) is not { DeletionTimestamp: null } stored)
            return null;

        var budget = stored.ToJson();
        var selector = Claims.SelectorOf(budget);
        var pods = Registry.List("pods", key.Namespace).Where(p => selector.Matches(p.Labels)).Select(p => new Pod(p)).Where(p => !p.Finished).ToList();
        var expected = ExpectedOf(pods);
        var wanted = IntOrPercent.Resolve(budget.At("spec", "minAvailable"), expected, roundUp: true)
            ?? Math.Max(0, expected - (IntOrPercent.Resolve(budget.At("spec", "maxUnavailable"), expected, roundUp: true) ?? 1));
        if (budget.At("spec", "minAvailable") is JsonValue { } min && min.TryGetValue(out int _))
            expected = pods.Count;

        TimeSpan? again = null;
        await WriteStatusAsync(stored, status =>
        {
            var disrupted = status["disruptedPods"] as JsonObject ?? [];
            foreach (var (name, at) in disrupted.ToList())
            {
                var pod = pods.Find(p => p.Name == name);
                if (pod is null || pod.Deleting || disrupted.Time(name) + EvictionTakes < Now)
                    disrupted.Remove(name);
            }

            again = disrupted.Count > 0 ? EvictionTakes : null;
            if (disrupted.Count == 0)
                status.Remove("disruptedPods");
            var healthy = pods.Count(p => p.Ready && !p.Deleting && !disrupted.ContainsKey(p.Name));
            var allowed = expected == 0 ? 0 : Math.Max(0, healthy - wanted);
            status["currentHealthy"] = healthy;
            status["desiredHealthy"] = wanted;
            status["expectedPods"] = expected;
            status["disruptionsAllowed"] = allowed;
            status["observedGeneration"] = budget.Generation();
            Conditions.Set(status, "DisruptionAllowed", allowed > 0 ? "True" : "False", allowed > 0 ? "SufficientPods" : "InsufficientPods", "", Now);
            Conditions.Find(status, "DisruptionAllowed")!["observedGeneration"] = budget.Generation();
        }, ct);
        return again;
    }

    /// <summary>How many pods their managing objects ask for; a pod without one counts for itself.</summary>
    int ExpectedOf(List<Pod> pods)
    {
        var expected = 0;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pod in pods)
        {
            if (pod.Stored.Controller() is not { } owner)
                expected++;
            else if (seen.Add(owner.Uid))
                expected += ReplicasOf(owner.Kind, pod.Stored.Key.Namespace, owner.Name) ?? pods.Count(p => p.Stored.Controller()?.Uid == owner.Uid);
        }

        return expected;
    }

    int? ReplicasOf(string kind, string ns, string name)
    {
        var resource = kind switch { "ReplicaSet" => "replicasets.apps", "StatefulSet" => "statefulsets.apps", _ => null };
        return resource is null ? null : (int?)Registry.Get(new(resource, ns, name))?.ToJson().Number("spec", "replicas");
    }
}
