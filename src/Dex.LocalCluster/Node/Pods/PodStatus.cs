using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>Derives <c>status</c> of a pod from the states of its containers, with kubelet's rules and words.</summary>
static class PodStatus
{
    /// <summary>Writes the status into the object; leaves alone what others own (conditions, QoS class).</summary>
    public static void Apply(JsonObject target, PodContext pod, string phase, string? reason, string? message, DateTimeOffset now)
    {
        var status = target.Child("status");
        status["phase"] = phase;
        Set(status, "reason", reason);
        Set(status, "message", message);
        status["hostIP"] = "127.0.0.1";
        status["hostIPs"] = new JsonArray(new JsonObject { ["ip"] = "127.0.0.1" });
        status["podIP"] = pod.Ip;
        status["podIPs"] = new JsonArray(new JsonObject { ["ip"] = pod.Ip });
        status["startTime"] ??= Stamp(now);
        SetContainers(status, "initContainerStatuses", pod, ContainerKind.Init, ContainerKind.Sidecar);
        SetContainers(status, "containerStatuses", pod, ContainerKind.Main, ContainerKind.Main);
        SetContainers(status, "ephemeralContainerStatuses", pod, ContainerKind.Ephemeral, ContainerKind.Ephemeral);
        SetConditions(target, pod, phase, now);
    }

    /// <summary>The phase of a pod that lives; it has its last one only when everything has ended, sidecars too.</summary>
    public static string Phase(PodContext pod)
    {
        var started = pod.Containers.Where(c => c.Kind == ContainerKind.Main).All(c => c.IsRunning || c.IsTerminated || c.HasRunBefore);
        return started && IsInitialized(pod) ? "Running" : "Pending";
    }

    /// <summary>The phase of a pod whose containers have all ended.</summary>
    public static string FinalPhase(PodContext pod) =>
        pod.Containers.Where(c => c.Kind is ContainerKind.Main or ContainerKind.Init).All(c => c.IsTerminated && c.ExitCode == 0) ? "Succeeded" : "Failed";

    static bool IsInitialized(PodContext pod) =>
        pod.Containers.All(c => c.Kind switch
        {
            ContainerKind.Init => c.IsTerminated && c.ExitCode == 0,
            ContainerKind.Sidecar => c.Started || c.HasRunBefore || c.IsTerminated,
            _ => true,
        });

    static void SetContainers(JsonObject status, string field, PodContext pod, ContainerKind one, ContainerKind other)
    {
        var list = pod.Containers.Where(c => c.Kind == one || c.Kind == other).Select(c => (JsonNode)c.ToStatus()).ToArray();
        if (list.Length > 0) status[field] = new JsonArray(list);
    }

    static void SetConditions(JsonObject target, PodContext pod, string phase, DateTimeOffset now)
    {
        var status = target.Child("status");
        if (status["conditions"] is not JsonArray conditions) status["conditions"] = conditions = [];
        var ended = phase is "Succeeded" or "Failed";
        var notReady = pod.Containers.Where(c => c.Kind is ContainerKind.Main or ContainerKind.Sidecar && !c.Ready).Select(c => c.Name).ToList();
        var why = ended ? phase == "Succeeded" ? "PodCompleted" : "PodFailed" : "ContainersNotReady";
        var text = ended ? null : $"containers with unready status: [{string.Join(' ', notReady)}]";
        var gates = target.Items("spec", "readinessGates").Select(g => g.Text("conditionType") ?? "").Where(g => !target.HasCondition(g)).ToList();
        var incomplete = pod.Containers.Where(c => c.Kind == ContainerKind.Init && !(c.IsTerminated && c.ExitCode == 0)).Select(c => c.Name).ToList();
        Set(conditions, "PodReadyToStartContainers", !ended, null, null, now);
        if (phase == "Succeeded") Set(conditions, "Initialized", true, "PodCompleted", null, now);
        else if (IsInitialized(pod)) Set(conditions, "Initialized", true, null, null, now);
        else Set(conditions, "Initialized", false, "ContainersNotInitialized", $"containers with incomplete status: [{string.Join(' ', incomplete)}]", now);
        var ready = notReady.Count == 0 && !ended;
        if (ready && gates.Count > 0) Set(conditions, "Ready", false, "ReadinessGatesNotReady", $"corresponding condition of pod readiness gate \"{gates[0]}\" does not exist.", now);
        else Set(conditions, "Ready", ready, ready ? null : why, ready ? null : text, now);
        Set(conditions, "ContainersReady", ready, ready ? null : why, ready ? null : text, now);
        if (target.Condition("PodScheduled") is null) Set(conditions, "PodScheduled", true, null, null, now);
    }

    static void Set(JsonArray conditions, string type, bool holds, string? reason, string? message, DateTimeOffset now)
    {
        var condition = conditions.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == type);
        if (condition is null) conditions.Add((JsonNode)(condition = new JsonObject { ["type"] = type }));
        var value = holds ? "True" : "False";
        if (condition.Text("status") != value) condition["lastTransitionTime"] = Stamp(now);
        condition["status"] = value;
        condition["lastProbeTime"] = null;
        Set(condition, "reason", reason);
        Set(condition, "message", message);
    }

    static void Set(JsonObject target, string field, string? value)
    {
        if (value is null) target.Remove(field);
        else target[field] = value;
    }

    static string Stamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
}
