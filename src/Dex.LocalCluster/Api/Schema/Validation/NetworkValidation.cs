using System.Net;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Services, ingresses and network policies.</summary>
static class NetworkValidation
{
    public static void Check(string kind, JsonObject spec, JsonObject? live, Checks checks)
    {
        switch (kind)
        {
            case "Service": Service(spec, live, checks); break;
            case "Ingress": Ingress(spec, checks); break;
            default: Policy(spec, checks); break;
        }
    }

    static void Service(JsonObject spec, JsonObject? live, Checks checks)
    {
        var type = spec.Text("type");
        if (!spec.Items("ports").Any() && spec.Text("clusterIP") != "None" && type != "ExternalName")
            checks.Required("spec.ports");
        if (type == "ExternalName")
            checks.Name("spec.externalName", spec.Text("externalName")?.TrimEnd('.'), Names.Subdomain);
        Ports(spec, checks);
        checks.Labels("spec.selector", spec.Object("selector"));
        checks.OneOf("spec.sessionAffinity", spec.Text("sessionAffinity"), "ClientIP", "None");
        checks.OneOf("spec.type", type, "ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
        var address = spec.Text("clusterIP") ?? "";
        if (address is not ("" or "None") && !IPAddress.TryParse(address, out _))
            checks.Invalid("spec.clusterIPs[0]", address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        if (live?.Text("clusterIP") is { Length: > 0 } before && address != before && type != "ExternalName" && live.Text("type") != "ExternalName")
            checks.Add(FieldError.InvalidText("spec.clusterIPs[0]", $"[]string{{{GoSyntax.Quote(address)}}}", "may not change once set"));
    }

    static void Ports(JsonObject spec, Checks checks)
    {
        var several = spec.Items("ports").Count() > 1;
        var names = new HashSet<string>(StringComparer.Ordinal);
        var numbers = new HashSet<(string?, long?)>();
        var i = 0;
        foreach (var port in spec.Items("ports"))
        {
            var at = $"spec.ports[{i++}]";
            var name = port.Text("name") ?? "";
            if (name.Length == 0 && several)
                checks.Required($"{at}.name");
            else if (name.Length > 0 && checks.Text($"{at}.name", name, Names.Label) && !names.Add(name))
                checks.Add(FieldError.Duplicate($"{at}.name", name));
            checks.PortNumber($"{at}.port", port.Number("port") ?? 0);
            checks.OneOf($"{at}.protocol", port.Text("protocol"), "SCTP", "TCP", "UDP");
            checks.Port($"{at}.targetPort", port["targetPort"]);
            if (!numbers.Add((port.Text("protocol"), port.Number("port"))))
            {
                checks.Add(new FieldError("FieldValueDuplicate", at,
                    $"Duplicate value: core.ServicePort{{Name:\"\", Protocol:\"{port.Text("protocol")}\", AppProtocol:(*string)(nil), Port:{port.Number("port")}, TargetPort:{Checks.GoIntOrString(null)}, NodePort:0}}"));
            }
        }
    }

    static void Ingress(JsonObject spec, Checks checks)
    {
        var rules = spec.Items("rules").ToList();
        if (rules.Count == 0 && spec["defaultBackend"] is null)
        {
            checks.Add(FieldError.InvalidText("spec", GoSyntax.Format(spec, TypeTable.Struct("networking/v1.IngressSpec")).Replace("v1.", "networking.", StringComparison.Ordinal),
                "either `defaultBackend` or `rules` must be specified"));
        }

        Backend(spec.Object("defaultBackend"), "spec.defaultBackend", checks);
        for (var i = 0; i < rules.Count; i++)
        {
            Host($"spec.rules[{i}].host", rules[i].Text("host"), checks);
            if (rules[i].Object("http") is not { } http)
                continue;
            var paths = http.Items("paths").ToList();
            if (paths.Count == 0)
                checks.Required($"spec.rules[{i}].http.paths");
            for (var j = 0; j < paths.Count; j++)
                IngressPath(paths[j], $"spec.rules[{i}].http.paths[{j}]", checks);
        }
    }

    static void Host(string path, string? host, Checks checks)
    {
        if (host is { Length: > 0 } && IPAddress.TryParse(host, out _))
            checks.Invalid(path, host, "must be a DNS name, not an IP address");
        else
            checks.Text(path, host, host?.Contains('*') == true ? Names.Wildcard : Names.Subdomain);
    }

    static void IngressPath(JsonObject item, string at, Checks checks)
    {
        if (item.Text("pathType") is not { } type)
        {
            checks.Required($"{at}.pathType", "pathType must be specified");
            return;
        }

        checks.OneOf($"{at}.pathType", type, "Exact", "ImplementationSpecific", "Prefix");
        var path = item.Text("path") ?? "";
        if (type is "Exact" or "Prefix" && !path.StartsWith('/'))
            checks.Invalid($"{at}.path", path, "must be an absolute path");
        Backend(item.Object("backend") ?? [], $"{at}.backend", checks);
    }

    static void Backend(JsonObject? backend, string path, Checks checks)
    {
        if (backend is null)
            return;
        if (backend.Object("service") is not { } service)
        {
            if (backend["resource"] is null)
                checks.Required($"{path}", "service or resource backend is required");
            return;
        }

        checks.Name($"{path}.service.name", service.Text("name"), Names.Label1035);
        var (name, number) = (service.Text("port", "name") ?? "", service.Number("port", "number") ?? 0);
        if (name.Length > 0 && number > 0)
            checks.Invalid($"{path}.service.port", service["port"], "cannot set both port name & port number");
        else if (name.Length == 0 && number == 0)
            checks.Required($"{path}.service.port", "port name or number is required");
        else if (name.Length > 0)
            checks.Text($"{path}.service.port.name", name, Names.Port);
        else
            checks.PortNumber($"{path}.service.port.number", number);
    }

    static void Policy(JsonObject spec, Checks checks)
    {
        checks.Selector("spec.podSelector", spec.Object("podSelector"));
        var i = 0;
        foreach (var type in spec.TextList("policyTypes"))
            checks.OneOf($"spec.policyTypes[{i++}]", type, "Egress", "Ingress");
        foreach (var direction in (ReadOnlySpan<string>)["ingress", "egress"])
        {
            var rule = 0;
            foreach (var item in spec.Items(direction))
            {
                var port = 0;
                foreach (var allowed in item.Items("ports"))
                {
                    if (allowed["port"] is { } number)
                        checks.Port($"spec.{direction}[{rule}].ports[{port}].port", number);
                    port++;
                }

                rule++;
            }
        }
    }
}
