using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Features.Cluster;

namespace Dex.Features.Manifests;

/// <summary>Makes a service reachable from outside, in the way of the cluster.</summary>
static class Routes
{
    /// <summary>The private networks of RFC 1918 and RFC 4193.</summary>
    const string PrivateNetworks = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7";

    public static RenderedObject Render(WorkloadScope scope, Service service, Route route)
    {
        var host = route.Host ?? scope.Input.Hosts.GetValueOrDefault(scope.Name);
        var rendered = scope.Input.RouteClass switch
        {
            RouteClass.Gateway => HttpRoute(scope, service, route, host),
            RouteClass.Nginx => Ingress(scope, service, route, host, "nginx", NginxAnnotations(route)),
            RouteClass.Alb => Ingress(scope, service, route, host, "alb", AlbAnnotations(scope, service, route)),
            _ => Ingress(scope, service, route, host, "dex", []),
        };
        return new RenderedObject(rendered, scope.Path, ["route", "port"], [$"the cluster's route class is {scope.Input.RouteClass.ToString().ToLowerInvariant()}"]);
    }

    static JsonObject HttpRoute(WorkloadScope scope, Service service, Route route, string? host)
    {
        var gateway = (route.Public ? scope.Input.PublicGateway : scope.Input.Gateway).Split('/', 2);
        return new JsonObject
        {
            ["apiVersion"] = "gateway.networking.k8s.io/v1",
            ["kind"] = "HTTPRoute",
            ["metadata"] = scope.Meta(),
            ["spec"] = new JsonObject
            {
                ["parentRefs"] = new JsonArray(new JsonObject
                {
                    ["group"] = "gateway.networking.k8s.io", ["kind"] = "Gateway", ["namespace"] = gateway[0], ["name"] = gateway[1],
                }),
                ["hostnames"] = host is null ? null : new JsonArray(host),
                ["rules"] = new JsonArray(new JsonObject
                {
                    ["matches"] = new JsonArray(new JsonObject { ["path"] = new JsonObject { ["type"] = "PathPrefix", ["value"] = route.Path } }),
                    ["backendRefs"] = new JsonArray(new JsonObject
                    {
                        ["group"] = "", ["kind"] = "Service", ["name"] = scope.Name, ["port"] = ServicePorts.Main(service)!.Value.Port, ["weight"] = 1,
                    }),
                }),
            },
        };
    }

    static JsonObject Ingress(WorkloadScope scope, Service service, Route route, string? host, string ingressClass, JsonObject annotations) => new()
    {
        ["apiVersion"] = "networking.k8s.io/v1",
        ["kind"] = "Ingress",
        ["metadata"] = scope.Meta(annotations: annotations),
        ["spec"] = new JsonObject
        {
            ["ingressClassName"] = ingressClass,
            // Without a secret the controller serves its default certificate, the wildcard of the preview domain.
            ["tls"] = scope.Input.RouteClass == RouteClass.Nginx && host is not null
                ? new JsonArray(new JsonObject { ["hosts"] = new JsonArray(host) })
                : null,
            ["rules"] = new JsonArray(new JsonObject
            {
                ["host"] = host,
                ["http"] = new JsonObject
                {
                    ["paths"] = new JsonArray(new JsonObject
                    {
                        ["path"] = route.Path,
                        ["pathType"] = "Prefix",
                        ["backend"] = new JsonObject
                        {
                            ["service"] = new JsonObject { ["name"] = scope.Name, ["port"] = new JsonObject { ["name"] = ServicePorts.Main(service)!.Value.Name } },
                        },
                    }),
                },
            }),
        },
    };

    static JsonObject NginxAnnotations(Route route) => route.Public
        ? []
        : new JsonObject { ["nginx.ingress.kubernetes.io/whitelist-source-range"] = PrivateNetworks };

    static JsonObject AlbAnnotations(WorkloadScope scope, Service service, Route route) => new()
    {
        ["alb.ingress.kubernetes.io/scheme"] = route.Public ? "internet-facing" : "internal",
        ["alb.ingress.kubernetes.io/target-type"] = "ip",
        // One load balancer for all environments that share the group, or each would wait minutes for its own.
        ["alb.ingress.kubernetes.io/group.name"] = route.Public ? "dex-public" : "dex-internal",
        ["alb.ingress.kubernetes.io/listen-ports"] = """[{"HTTP":80},{"HTTPS":443}]""",
        ["alb.ingress.kubernetes.io/ssl-redirect"] = "443",
        ["alb.ingress.kubernetes.io/healthcheck-path"] = service.Health?.Path ?? "/",
        ["alb.ingress.kubernetes.io/success-codes"] = service.Health?.Path is null ? "200-499" : "200",
        // The target leaves while the pod still sleeps in preStop.
        ["alb.ingress.kubernetes.io/target-group-attributes"] =
            "deregistration_delay.timeout_seconds=" + ShutdownTimes.Of(scope).PreStop.ToString(CultureInfo.InvariantCulture),
    };
}
