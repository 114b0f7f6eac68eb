using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Lifetime.Policy;

/// <summary>What an environment's workloads request at most. Pure.</summary>
/// <param name="Cpu">In cores.</param>
/// <param name="Memory">In bytes.</param>
sealed record ResourceDemand(decimal Cpu, decimal Memory)
{
    /// <summary>The sum over all pods; autoscaled workloads count with as many as they may have.</summary>
    public static ResourceDemand Of(IReadOnlyList<JsonObject> objects)
    {
        var scaled = objects.Where(obj => obj.Kind() is "HorizontalPodAutoscaler" or "ScaledObject")
            .GroupBy(obj => obj.Text("spec", "scaleTargetRef", "name") ?? "")
            .ToDictionary(group => group.Key, group => group.Max(obj => obj.Number("spec", "maxReplicas") ?? obj.Number("spec", "maxReplicaCount") ?? 1));
        var (cpu, memory) = (0m, 0m);
        foreach (var obj in objects)
        {
            if (PodSpec(obj) is not { } pod) continue;
            var replicas = obj.Kind() is "Deployment" or "StatefulSet" && scaled.TryGetValue(obj.Name(), out var most) ? most : obj.Number("spec", "replicas") ?? obj.Number("spec", "parallelism") ?? 1;
            cpu += replicas * pod.Items("containers").Sum(container => Requested(container, "cpu"));
            memory += replicas * pod.Items("containers").Sum(container => Requested(container, "memory"));
        }

        return new ResourceDemand(cpu, memory);
    }

    /// <summary>Refuses what is larger than the policy allows.</summary>
    public void Check(EnvironmentPolicy policy)
    {
        if (policy.Cpu is { } cores && Cpu > cores) throw LifetimeErrors.TooLarge("cpu", $"{Cpu:0.###}", $"{cores:0.###}");
        if (policy.Memory is { } bytes && Memory > bytes) throw LifetimeErrors.TooLarge("memory", Mebibytes(Memory), Mebibytes(bytes));
    }

    static string Mebibytes(decimal bytes) => $"{bytes / 1024 / 1024:0.#}Mi";

    static JsonObject? PodSpec(JsonObject obj) => obj.Kind() switch
    {
        "Deployment" or "StatefulSet" or "DaemonSet" or "Job" => obj.Object("spec", "template", "spec"),
        "CronJob" => obj.Object("spec", "jobTemplate", "spec", "template", "spec"),
        "Pod" => obj.Object("spec"),
        _ => null,
    };

    static decimal Requested(JsonObject container, string resource) =>
        (container.Text("resources", "requests", resource) ?? container.Text("resources", "limits", resource)) is { } text && Quantity.TryParse(text, out var amount) ? amount.Value : 0;
}
