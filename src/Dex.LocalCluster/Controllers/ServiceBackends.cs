using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Controllers;

/// <summary>A pod behind a Service: its address, the ports it resolves the Service's to, and its state.</summary>
sealed record Backend(Pod Pod, string Ip, string PortsKey, JsonArray Ports, bool Serving, bool Ready)
{
    public bool Terminating => Pod.Deleting;

    public JsonObject TargetRef => new() { ["kind"] = "Pod", ["namespace"] = Pod.Stored.Key.Namespace, ["name"] = Pod.Name, ["uid"] = Pod.Stored.Uid };

    /// <summary>What Endpoints and EndpointSlices say alike: name, node, pod.</summary>
    public void Describe(JsonObject entry, string service)
    {
        if (Pod.Json.Text("spec", "hostname") is { Length: > 0 } host && Pod.Json.Text("spec", "subdomain") == service)
            entry["hostname"] = host;

        if (Pod.NodeName is not null)
            entry["nodeName"] = Pod.NodeName;

        entry["targetRef"] = TargetRef;
    }
}

/// <summary>Finds the pods behind a Service.</summary>
static class ServiceBackends
{
    public static List<Backend> Of(JsonObject service, IEnumerable<Pod> pods)
    {
        var publish = service.Flag("spec", "publishNotReadyAddresses") ?? false;
        var backends = new List<Backend>();
        foreach (var pod in pods.Where(p => !p.Finished && p.Json.Text("status", "podIP") is { Length: > 0 }).OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            var ports = new JsonArray([.. service.Items("spec", "ports").Select(p => Resolve(p, pod)).OfType<JsonNode>()]);
            backends.Add(new(pod, pod.Json.Text("status", "podIP")!, ports.ToJsonString(), ports, pod.Ready, publish || (pod.Ready && !pod.Deleting)));
        }

        return backends;
    }

    /// <summary>The entry of a Service's port for a pod, or null when the pod has no port of that name.</summary>
    static JsonObject? Resolve(JsonObject port, Pod pod)
    {
        var protocol = port.Text("protocol") ?? "TCP";
        var number = port.Text("targetPort") is { Length: > 0 } name
            ? pod.Json.Items("spec", "containers").Concat(pod.Json.Items("spec", "initContainers").Where(c => c.Text("restartPolicy") == "Always"))
                .SelectMany(c => c.Items("ports")).FirstOrDefault(p => p.Text("name") == name && (p.Text("protocol") ?? "TCP") == protocol)?.Number("containerPort")
            : port.Number("targetPort") ?? port.Number("port");
        if (number is null)
            return null;

        var entry = new JsonObject { ["name"] = port.Text("name") ?? "", ["port"] = number, ["protocol"] = protocol };
        if (port.Text("appProtocol") is { } app)
            entry["appProtocol"] = app;

        return entry;
    }
}
