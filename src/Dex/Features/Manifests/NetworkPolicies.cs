using System.Globalization;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Features.Cluster;

namespace Dex.Features.Manifests;

/// <summary>
/// Selecting a pod denies all that is not listed. Listed are name resolution, telemetry, the services it uses and those that
/// use it, the way in of its route, and what <c>network</c> adds.
/// </summary>
static class NetworkPolicies
{
    /// <summary>The label of everything that belongs to an ephemeral environment.</summary>
    internal const string EnvironmentId = "dex.dev/env-id";

    static readonly (string Protocol, int Port)[] Dns = [("UDP", 53), ("TCP", 53)];
    static readonly (string Protocol, int Port)[] Otlp = [("TCP", 4317), ("TCP", 4318)];

    public static RenderedObject Render(WorkloadScope scope) => new(
        new JsonObject
        {
            ["apiVersion"] = "networking.k8s.io/v1",
            ["kind"] = "NetworkPolicy",
            ["metadata"] = scope.Meta(),
            ["spec"] = new JsonObject
            {
                ["podSelector"] = new JsonObject { ["matchLabels"] = scope.Selector() },
                ["policyTypes"] = new JsonArray("Ingress", "Egress"),
                ["ingress"] = Json.ArrayOrNull(Ingress(scope)),
                ["egress"] = Json.Array(Egress(scope)),
            },
        },
        scope.Path, ["uses", "network", "route"], ["default deny; name resolution and telemetry are allowed"]);

    static IEnumerable<JsonObject> Ingress(WorkloadScope scope)
    {
        if (scope.Workload is not Service { HasPort: true } service) yield break;
        var ports = Ports(ServicePorts.Of(service).Select(port => ("TCP", port.Port)));
        var callers = AppWorkloads.Of(scope.Input.App)
            .Where(other => other.Workload.Uses.Contains(scope.Name))
            .Select(other => Pods(scope.Input, AppWorkloads.NameOf(other.Path)));
        var from = callers.Concat(scope.Workload.Network?.From.SelectMany(peer => Peer(scope.Input, peer)) ?? []).ToList();
        if (from.Count > 0) yield return new JsonObject { ["from"] = Json.Array(from), ["ports"] = ports.DeepClone() };
        if (scope.Workload.Network?.From.Contains("any") == true || OpenRoute(scope, service)) yield return new JsonObject { ["ports"] = ports.DeepClone() };
        else if (service.Route is { } route) yield return new JsonObject { ["from"] = new JsonArray(RouterNamespace(scope.Input, route)), ["ports"] = ports.DeepClone() };
    }

    /// <summary>A load balancer with pod addresses as targets, or the embedded proxy, does not come from a pod.</summary>
    static bool OpenRoute(WorkloadScope scope, Service service) =>
        service.Route is not null && scope.Input.RouteClass is RouteClass.Alb or RouteClass.Local;

    static JsonObject RouterNamespace(RenderInput input, Route route) => Namespace(
        input.RouteClass == RouteClass.Nginx ? "ingress-nginx" : (route.Public ? input.PublicGateway : input.Gateway).Split('/')[0]);

    static IEnumerable<JsonObject> Egress(WorkloadScope scope)
    {
        yield return new JsonObject { ["ports"] = Ports(Dns) };
        yield return new JsonObject { ["to"] = new JsonArray(CollectorsOfThePlatform(), new JsonObject { ["podSelector"] = new JsonObject() }), ["ports"] = Ports(Otlp) };
        foreach (var used in scope.Workload.Uses)
        {
            yield return new JsonObject
            {
                ["to"] = new JsonArray(Pods(scope.Input, used)),
                ["ports"] = Ports(ServicePorts.Of(scope.Input.App.Services[used]).Select(port => ("TCP", port.Port))),
            };
        }

        foreach (var destination in scope.Workload.Network?.To ?? [])
        {
            var (peer, port) = SplitPort(destination);
            yield return new JsonObject
            {
                ["to"] = Json.ArrayOrNull(Peer(scope.Input, peer)),
                ["ports"] = port is { } number ? Ports([("TCP", number)]) : null,
            };
        }
    }

    /// <summary>A collector may be anywhere, but in no other environment.</summary>
    static JsonObject CollectorsOfThePlatform() => new()
    {
        ["namespaceSelector"] = new JsonObject(),
        ["podSelector"] = new JsonObject { ["matchExpressions"] = new JsonArray(new JsonObject { ["key"] = EnvironmentId, ["operator"] = "DoesNotExist" }) },
    };

    /// <summary><c>any</c> is no peer: a rule without peers allows all.</summary>
    static IEnumerable<JsonObject> Peer(RenderInput input, string peer) => peer switch
    {
        "any" => [],
        "internet" => [Block("0.0.0.0/0", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"), Block("::/0", "fc00::/7", "fe80::/10")],
        _ when peer.StartsWith("namespace:", StringComparison.Ordinal) => [Namespace(peer["namespace:".Length..])],
        _ when peer.Contains('/') => [Block(peer)],
        _ => [Pods(input, peer)],
    };

    /// <summary>A port follows the last colon when only digits do; the colons of IPv6 stand before the slash.</summary>
    static (string Peer, int? Port) SplitPort(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > text.IndexOf('/') && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (text[..colon], port)
            : (text, null);
    }

    static JsonObject Pods(RenderInput input, string workload) => new()
    {
        ["podSelector"] = new JsonObject
        {
            ["matchLabels"] = new JsonObject { ["app.kubernetes.io/name"] = workload, ["app.kubernetes.io/part-of"] = input.App.Name },
        },
    };

    static JsonObject Namespace(string name) => new()
    {
        ["namespaceSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["kubernetes.io/metadata.name"] = name } },
    };

    static JsonObject Block(string network, params string[] except) => new()
    {
        ["ipBlock"] = new JsonObject { ["cidr"] = network, ["except"] = Json.Strings(except) },
    };

    static JsonArray Ports(IEnumerable<(string Protocol, int Port)> ports) =>
        Json.Array(ports.Select(port => new JsonObject { ["protocol"] = port.Protocol, ["port"] = port.Port }));
}
