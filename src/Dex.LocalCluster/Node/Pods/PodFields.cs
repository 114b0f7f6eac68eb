using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>The downward API: what <c>fieldRef</c> and <c>resourceFieldRef</c> read.</summary>
static class PodFields
{
    /// <summary>The value at a field path such as <c>metadata.labels['app']</c>; null when the path is not supported.</summary>
    public static string? Field(JsonObject pod, string path) => path switch
    {
        "metadata.name" => pod.Name(),
        "metadata.namespace" => pod.Namespace(),
        "metadata.uid" => pod.Uid(),
        "metadata.labels" => Lines(pod.Labels()),
        "metadata.annotations" => Lines(pod.Annotations()),
        "spec.nodeName" => pod.Text("spec", "nodeName") ?? "",
        "spec.serviceAccountName" => pod.Text("spec", "serviceAccountName") ?? "default",
        "status.hostIP" or "status.hostIPs" => "127.0.0.1",
        "status.podIP" or "status.podIPs" => pod.Text("status", "podIP") ?? "",
        _ when path.StartsWith("metadata.labels['") && path.EndsWith("']") => pod.Label(path[17..^2]) ?? "",
        _ when path.StartsWith("metadata.annotations['") && path.EndsWith("']") => pod.Annotation(path[22..^2]) ?? "",
        _ => null,
    };

    /// <summary>A request or limit in units of its divisor, rounded up; the machine's own size when there is no limit.</summary>
    public static string? Resource(JsonObject pod, string containerName, JsonObject reference)
    {
        var container = AllContainers(pod).FirstOrDefault(c => c.Text("name") == (reference.Text("containerName") ?? containerName));
        if (container is null || reference.Text("resource")?.Split('.', 2) is not [var kind, var name]) return null;
        var amount = AsQuantity(container.At("resources", kind, name))
            ?? name switch
            {
                _ when kind == "requests" => 0,
                "cpu" => Environment.ProcessorCount,
                "memory" => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
                _ => 0,
            };
        var divisor = AsQuantity(reference["divisor"]) is { } d and > 0 ? d : 1;
        return decimal.Ceiling(amount / divisor).ToString(CultureInfo.InvariantCulture);
    }

    public static IEnumerable<JsonObject> AllContainers(JsonObject pod) =>
        pod.Items("spec", "initContainers").Concat(pod.Items("spec", "containers")).Concat(pod.Items("spec", "ephemeralContainers"));

    public static decimal? AsQuantity(JsonNode? node) => Quantity.TryParse(node?.ToString(), out var quantity) ? quantity.Value : null;

    // key="value" per line, sorted, as the downward API volume writes maps.
    static string Lines(IReadOnlyDictionary<string, string> map)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in map.OrderBy(e => e.Key, StringComparer.Ordinal))
            text.Append(key).Append('=').Append('"').Append(value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")).Append("\"\n");
        return text.ToString().TrimEnd('\n');
    }
}
