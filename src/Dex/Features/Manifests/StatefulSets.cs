using System.Text.Json.Nodes;

namespace Dex.Features.Manifests;

/// <summary>A service whose copies each keep a disk.</summary>
static class StatefulSets
{
    public static string PeersOf(string service) => $"{service}-peers";

    public static RenderedObject Render(WorkloadScope scope, Service service, Storage storage) => new(
        new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "StatefulSet",
            ["metadata"] = scope.Meta(),
            ["spec"] = new JsonObject
            {
                ["serviceName"] = PeersOf(scope.Name),
                ["replicas"] = Autoscaling.FixedReplicas(scope, service),
                ["revisionHistoryLimit"] = 3,
                // One copy that cannot start must not hold back the others, nor its own repair.
                ["podManagementPolicy"] = "Parallel",
                ["selector"] = new JsonObject { ["matchLabels"] = scope.Selector() },
                ["template"] = PodTemplate.Of(scope, new JsonObject { ["topologySpreadConstraints"] = Deployments.Spread(scope, service, null) }),
                ["volumeClaimTemplates"] = new JsonArray(new JsonObject
                {
                    ["metadata"] = new JsonObject { ["name"] = "data", ["labels"] = scope.Selector() },
                    ["spec"] = new JsonObject
                    {
                        ["accessModes"] = new JsonArray("ReadWriteOnce"),
                        ["storageClassName"] = storage.Class,
                        ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = storage.Size.ToString() } },
                    },
                }),
            },
        },
        scope.Path, [.. Deployments.PodKeys, "storage", service.Scale is null ? "replicas" : "scale"],
        [.. Deployments.PodDefaults, "a service with a disk is a StatefulSet"]);
}
