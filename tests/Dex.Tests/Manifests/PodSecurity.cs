using System.Text.Json.Nodes;

namespace Dex.Tests.Manifests;

/// <summary>
/// The profile <c>restricted</c> of the Pod Security Standards (kubernetes.io/docs/concepts/security/pod-security-standards),
/// which includes everything of <c>baseline</c>.
/// </summary>
static class PodSecurity
{
    static readonly HashSet<string> Volumes =
        ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    /// <summary>What a pod's spec violates; empty when nothing.</summary>
    public static IReadOnlyList<string> Violations(JsonNode pod)
    {
        var found = new List<string>();
        CheckPod(pod, found);
        foreach (var list in new[] { "initContainers", "containers", "ephemeralContainers" })
        {
            foreach (var container in pod[list]?.AsArray() ?? []) CheckContainer(pod, container!, found);
        }

        return found;
    }

    static void CheckPod(JsonNode pod, List<string> found)
    {
        foreach (var name in new[] { "hostNetwork", "hostPID", "hostIPC" })
        {
            if ((bool?)pod[name] == true) found.Add(name);
        }

        foreach (var volume in pod["volumes"]?.AsArray() ?? [])
        {
            var type = volume!.AsObject().Single(pair => pair.Key != "name").Key;
            if (!Volumes.Contains(type)) found.Add($"volume of type {type}");
        }

        if (IsZero(pod["securityContext"]?["runAsUser"])) found.Add("runAsUser 0");
        if (pod["securityContext"]?["sysctls"] is JsonArray { Count: > 0 }) found.Add("sysctls");
    }

    static void CheckContainer(JsonNode pod, JsonNode container, List<string> found)
    {
        var name = (string)container["name"]!;
        var own = container["securityContext"];
        var shared = pod["securityContext"];
        if ((bool?)own?["privileged"] == true) found.Add($"{name}: privileged");
        if ((bool?)own?["allowPrivilegeEscalation"] != false) found.Add($"{name}: allowPrivilegeEscalation is not false");
        if (((bool?)own?["runAsNonRoot"] ?? (bool?)shared?["runAsNonRoot"]) != true) found.Add($"{name}: runAsNonRoot is not true");
        if (IsZero(own?["runAsUser"])) found.Add($"{name}: runAsUser 0");
        var seccomp = (string?)(own?["seccompProfile"] ?? shared?["seccompProfile"])?["type"];
        if (seccomp is not ("RuntimeDefault" or "Localhost")) found.Add($"{name}: seccomp profile is {seccomp ?? "not set"}");
        if (own?["capabilities"]?["drop"]?.AsArray().Any(dropped => (string?)dropped == "ALL") != true) found.Add($"{name}: capabilities are not dropped");
        if (own?["capabilities"]?["add"]?.AsArray().Any(added => (string?)added != "NET_BIND_SERVICE") == true) found.Add($"{name}: capabilities are added");
        if ((string?)own?["procMount"] is not (null or "Default")) found.Add($"{name}: procMount");
        foreach (var port in container["ports"]?.AsArray() ?? [])
        {
            if (port!["hostPort"] is { } host && !IsZero(host)) found.Add($"{name}: hostPort");
        }
    }

    // Numbers that were parsed and numbers that were made in memory have different types.
    static bool IsZero(JsonNode? number) => number?.ToJsonString() == "0";

    /// <summary>The pod spec inside a workload, or null for other kinds.</summary>
    public static JsonNode? PodOf(JsonObject item) => (string?)item["kind"] switch
    {
        "Pod" => item["spec"],
        "Deployment" or "StatefulSet" or "DaemonSet" or "ReplicaSet" or "Job" => item["spec"]!["template"]!["spec"],
        "CronJob" => item["spec"]!["jobTemplate"]!["spec"]!["template"]!["spec"],
        _ => null,
    };
}
