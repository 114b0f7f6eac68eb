using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Services and what leads to them.</summary>
static class NetworkTables
{
    public static JsonArray Service(JsonObject o, Clock clock)
    {
        var ports = string.Join(',', o.Items("spec", "ports").Select(p => $"{p.Number("port")}{(p.Number("nodePort") is { } node and > 0 ? $":{node}" : "")}/{p.Text("protocol")}"));
        return
        [
            o.Name(), o.Text("spec", "type"), Cell.Or(o.TextList("spec", "clusterIPs").FirstOrDefault() ?? o.Text("spec", "clusterIP"), "<none>"), ExternalIp(o),
            Cell.Or(ports, "<none>"), clock.Age(o), Cell.Labels(o.Object("spec", "selector")),
        ];
    }

    static string ExternalIp(JsonObject o)
    {
        var external = o.TextList("spec", "externalIPs");
        return o.Text("spec", "type") switch
        {
            "ExternalName" => o.Text("spec", "externalName") ?? "",
            "LoadBalancer" => Cell.Or(string.Join(',', Balancer(o).Concat(external)), "<pending>"),
            _ => Cell.Or(string.Join(',', external), "<none>"),
        };
    }

    static IEnumerable<string> Balancer(JsonObject o) =>
        o.Items("status", "loadBalancer", "ingress").Select(i => Cell.Or(i.Text("ip"), i.Text("hostname") ?? "")).Where(a => a.Length > 0).Distinct(StringComparer.Ordinal);

    public static JsonArray Endpoints(JsonObject o, Clock clock)
    {
        var all = new List<string>();
        foreach (var subset in o.Items("subsets"))
        {
            var ips = subset.Items("addresses").Select(a => a.Text("ip") ?? "").ToList();
            var ports = subset.Items("ports").ToList();
            all.AddRange(ports.Count == 0 ? ips : ports.SelectMany(p => ips.Select(ip => ip.Contains(':') ? $"[{ip}]:{p.Number("port")}" : $"{ip}:{p.Number("port")}")));
        }

        return [o.Name(), Cell.Few(all, "<none>"), clock.Age(o)];
    }

    public static JsonArray EndpointSlice(JsonObject o, Clock clock) =>
    [
        o.Name(), o.Text("addressType"),
        Cell.Few([.. o.Items("ports").Select(p => p.Number("port")?.ToString() ?? Cell.Or(p.Text("name"), "*"))], "<unset>"),
        Cell.Few([.. o.Items("endpoints").SelectMany(e => e.TextList("addresses"))], "<unset>"),
        clock.Age(o),
    ];

    public static JsonArray Ingress(JsonObject o, Clock clock)
    {
        var hosts = o.Items("spec", "rules").Select(r => r.Text("host") ?? "").Where(h => h.Length > 0).ToList();
        return
        [
            o.Name(), o.Text("spec", "ingressClassName") ?? "<none>", Cell.Few(hosts, "*"), string.Join(',', Balancer(o)),
            Cell.Count(o.At("spec", "tls")) > 0 ? "80, 443" : "80", clock.Age(o),
        ];
    }

    public static JsonArray IngressClass(JsonObject o, Clock clock)
    {
        var parameters = o.Object("spec", "parameters") is { } p ? $"{p.Kind()}{(p.Text("apiGroup") is { Length: > 0 } group ? "." + group : "")}/{p.Text("name")}" : "<none>";
        return [o.Name(), o.Text("spec", "controller"), parameters, clock.Age(o)];
    }
}
