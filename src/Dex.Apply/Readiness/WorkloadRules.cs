using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Readiness;

/// <summary>All pods are of the newest template and available, and none of an older one is left.</summary>
sealed class DeploymentRule : IReadinessRule
{
    public Verdict Judge(JsonObject live)
    {
        if (!Observed.Is(live)) return Verdict.Waiting(Observed.Missing);
        if (live.Condition("Progressing") is { } progress && progress.Text("reason") == "ProgressDeadlineExceeded")
        {
            return Verdict.Failed("made no progress within its deadline");
        }

        if (live.Flag("spec", "paused") == true) return Verdict.Ready;
        var wanted = live.Number("spec", "replicas") ?? 1;
        var updated = live.Number("status", "updatedReplicas") ?? 0;
        if (updated < wanted) return Verdict.Waiting($"{updated} of {wanted} started");
        var available = live.Number("status", "availableReplicas") ?? 0;
        var old = (live.Number("status", "replicas") ?? 0) - updated;
        return old > 0 ? Verdict.Waiting($"{old} of the former version still there")
            : available < updated ? Verdict.Waiting($"{available} of {wanted} ready")
            : Verdict.Ready;
    }
}

/// <summary>As many pods as the update strategy renews are renewed and ready.</summary>
sealed class StatefulSetRule : IReadinessRule
{
    public Verdict Judge(JsonObject live)
    {
        if (!Observed.Is(live)) return Verdict.Waiting(Observed.Missing);
        var wanted = live.Number("spec", "replicas") ?? 1;
        var ready = live.Number("status", "readyReplicas") ?? 0;
        if (ready < wanted) return Verdict.Waiting($"{ready} of {wanted} ready");
        if (live.Text("spec", "updateStrategy", "type") == "OnDelete") return Verdict.Ready;
        var partition = live.Number("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
        var updated = live.Number("status", "updatedReplicas") ?? 0;
        return updated < wanted - partition ? Verdict.Waiting($"{updated} of {wanted - partition} renewed") : Verdict.Ready;
    }
}

/// <summary>Every node that should run a pod runs an available one of the newest template.</summary>
sealed class DaemonSetRule : IReadinessRule
{
    public Verdict Judge(JsonObject live)
    {
        if (!Observed.Is(live)) return Verdict.Waiting(Observed.Missing);
        var wanted = live.Number("status", "desiredNumberScheduled") ?? 0;
        var updated = live.Number("status", "updatedNumberScheduled") ?? 0;
        var available = live.Number("status", "numberAvailable") ?? 0;
        var renews = live.Text("spec", "updateStrategy", "type") != "OnDelete";
        return renews && updated < wanted ? Verdict.Waiting($"{updated} of {wanted} started")
            : available < wanted ? Verdict.Waiting($"{available} of {wanted} ready")
            : Verdict.Ready;
    }
}

/// <summary>It has run to its end.</summary>
sealed class JobRule : IReadinessRule
{
    public Verdict Judge(JsonObject live) =>
        live.HasCondition("Complete") || live.HasCondition("SuccessCriteriaMet") || live.Flag("spec", "suspend") == true ? Verdict.Ready
        : live.HasCondition("Failed") || live.HasCondition("FailureTarget") ? Verdict.Failed(live.Condition("Failed")?.Text("message") ?? live.Condition("FailureTarget")?.Text("message") ?? "failed")
        : Verdict.Waiting((live.Number("status", "active") ?? 0) > 0 ? "running" : "not started");
}

/// <summary>It is ready or has succeeded.</summary>
sealed class PodRule : IReadinessRule
{
    public Verdict Judge(JsonObject live) => live.Text("status", "phase") switch
    {
        "Succeeded" => Verdict.Ready,
        "Failed" => Verdict.Failed(live.Text("status", "message") ?? live.Text("status", "reason") ?? "failed"),
        var phase => live.HasCondition("Ready") ? Verdict.Ready : Verdict.Waiting(phase == "Running" ? "not ready" : "not running"),
    };
}
