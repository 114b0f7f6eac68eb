using System.Text.Json.Nodes;

namespace Dex.Features.Manifests;

/// <summary>Everything that one service becomes.</summary>
static class ServiceObjects
{
    public static IEnumerable<RenderedObject> Render(WorkloadScope scope, Service service)
    {
        if (scope.Workload.ApiAccess) yield return Account(scope);
        if (service.HasPort) yield return ClusterService(scope, service);
        if (service.Storage is not null) yield return PeerService(scope, service);
        yield return service.Storage is { } storage
            ? StatefulSets.Render(scope, service, storage)
            : Deployments.Render(scope, service);
        if (Autoscaling.Render(scope, service) is { } autoscaler) yield return autoscaler;
        if (Disruption.Render(scope, service) is { } budget) yield return budget;
        yield return NetworkPolicies.Render(scope);
        if (service.Route is { } route) yield return Routes.Render(scope, service, route);
    }

    /// <summary>An account of its own, so that rights given to it are this service's alone.</summary>
    public static RenderedObject Account(WorkloadScope scope) => new(
        new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ServiceAccount",
            ["metadata"] = scope.Meta(),
        },
        scope.Path, ["apiAccess"], []);

    static RenderedObject ClusterService(WorkloadScope scope, Service service) => new(
        new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Service",
            ["metadata"] = scope.Meta(),
            ["spec"] = new JsonObject
            {
                ["selector"] = scope.Selector(),
                ["ports"] = Ports(service),
            },
        },
        scope.Path, service.Port is null ? ["ports"] : ["port", .. service.Ports.Count > 0 ? new[] { "ports" } : []],
        ["the Service listens on the port of the application"]);

    /// <summary>Gives each pod of a StatefulSet a name of its own; it must not wait for readiness, or peers could never meet.</summary>
    static RenderedObject PeerService(WorkloadScope scope, Service service) => new(
        new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Service",
            ["metadata"] = scope.Meta(StatefulSets.PeersOf(scope.Name)),
            ["spec"] = new JsonObject
            {
                ["clusterIP"] = "None",
                ["publishNotReadyAddresses"] = true,
                ["selector"] = scope.Selector(),
                ["ports"] = Ports(service),
            },
        },
        scope.Path, ["storage"], ["a StatefulSet has a headless Service for the names of its pods"]);

    static JsonArray? Ports(Service service) => Json.ArrayOrNull(ServicePorts.Of(service)
        .Select(port => new JsonObject { ["name"] = port.Name, ["port"] = port.Port, ["targetPort"] = port.Name }));
}
