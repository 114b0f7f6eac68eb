using System.Text.Json.Nodes;

namespace Dex.Features.Manifests;

/// <summary>Lets nodes be drained one copy at a time. With a single copy a budget would only block the drain.</summary>
static class Disruption
{
    public static RenderedObject? Render(WorkloadScope scope, Service service)
    {
        if (Autoscaling.MostReplicas(service) < 2) return null;
        return new RenderedObject(
            new JsonObject
            {
                ["apiVersion"] = "policy/v1",
                ["kind"] = "PodDisruptionBudget",
                ["metadata"] = scope.Meta(),
                ["spec"] = new JsonObject
                {
                    ["maxUnavailable"] = 1,
                    // A pod that is broken anyway must not block the drain of its node.
                    ["unhealthyPodEvictionPolicy"] = "AlwaysAllow",
                    ["selector"] = new JsonObject { ["matchLabels"] = scope.Selector() },
                },
            },
            scope.Path, [service.Scale is null ? "replicas" : "scale"], ["more than one copy: at most one is evicted at a time"]);
    }
}
