using System.Text.Json.Nodes;

namespace Dex.Features.Manifests;

/// <summary>A service without a disk.</summary>
static class Deployments
{
    /// <summary>The keys of a service that reach its pods.</summary>
    internal static readonly string[] PodKeys =
        ["image", "build", "command", "args", "env", "files", "port", "ports", "size", "resources", "health", "shutdown", "uses"];

    internal static readonly string[] PodDefaults =
    [
        "the restricted Pod Security profile", "memory limit = request, no CPU limit", "startup and readiness probes apart",
        "a /tmp of 256Mi over a read-only root", "the environment variables of the contract",
    ];

    public static RenderedObject Render(WorkloadScope scope, Service service) => new(
        new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "Deployment",
            ["metadata"] = scope.Meta(),
            ["spec"] = new JsonObject
            {
                ["replicas"] = Autoscaling.FixedReplicas(scope, service),
                ["revisionHistoryLimit"] = 3,
                // Where no port can be asked, a pod that runs for a moment is all that tells a start from a crash.
                ["minReadySeconds"] = ServicePorts.Main(service) is null ? 3 : null,
                ["selector"] = new JsonObject { ["matchLabels"] = scope.Selector() },
                // No copy leaves before its successor is ready.
                ["strategy"] = new JsonObject
                {
                    ["type"] = "RollingUpdate",
                    ["rollingUpdate"] = new JsonObject { ["maxUnavailable"] = 0, ["maxSurge"] = "25%" },
                },
                ["template"] = PodTemplate.Of(scope, new JsonObject { ["topologySpreadConstraints"] = Spread(scope, service, "pod-template-hash") }),
            },
        },
        scope.Path, [.. PodKeys, service.Scale is null ? "replicas" : "scale"],
        [.. PodDefaults, "maxUnavailable 0, maxSurge 25%", .. ServicePorts.Main(service) is null ? new[] { "minReadySeconds 3, as there is no port to ask" } : [], .. service.Scale is null ? [] : new[] { "replicas left to the autoscaler" }]);

    /// <summary>Apart over zones and machines where there is a choice. Counted per rollout: the copies of the old one do not weigh.</summary>
    internal static JsonArray? Spread(WorkloadScope scope, Service service, string? revisionLabel)
    {
        if (Autoscaling.MostReplicas(service) < 2) return null;
        return Json.Array(new[] { "topology.kubernetes.io/zone", "kubernetes.io/hostname" }.Select(key => new JsonObject
        {
            ["maxSkew"] = 1,
            ["topologyKey"] = key,
            ["whenUnsatisfiable"] = "ScheduleAnyway",
            ["labelSelector"] = new JsonObject { ["matchLabels"] = scope.Selector() },
            ["matchLabelKeys"] = revisionLabel is null ? null : new JsonArray(revisionLabel),
        }));
    }
}
