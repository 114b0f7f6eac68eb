using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Node.Pods;

namespace Dex.LocalCluster.Node.Metrics;

/// <summary><c>metrics.k8s.io/v1beta1</c>, for <c>kubectl top</c>: answered from the last sample, never stored.</summary>
sealed class MetricsEndpoint(NodeAgent agent)
{
    const string Group = "metrics.k8s.io", Version = "v1beta1";

    /// <summary>What discovery lists when there is a node.</summary>
    public static IReadOnlyList<ResourceType> Types { get; } =
    [
        new() { Group = Group, Version = Version, Plural = "nodes", Kind = "NodeMetrics", Namespaced = false, Singular = "", Verbs = ["get", "list"], Virtual = true },
        new() { Group = Group, Version = Version, Plural = "pods", Kind = "PodMetrics", Namespaced = true, Singular = "", Verbs = ["get", "list"], Virtual = true },
    ];

    public Task HandleAsync(ApiRequest request)
    {
        if (request.Info.Verb is not ("get" or "list")) throw new ApiException(new ApiStatus(405, "MethodNotAllowed", "the server does not allow this method on the requested resource"));
        var items = request.Type.Plural == "nodes" ? [Node()] : agent.Pods.Where(p => request.Namespace.Length == 0 || p.Key.Namespace == request.Namespace).Select(Pod).OfType<JsonObject>().ToList();
        if (request.Info.Verb == "get")
        {
            var found = items.FirstOrDefault(i => i.Name() == request.Info.Name)
                ?? throw new ApiException(new ApiStatus(404, "NotFound", $"{request.Type.Plural}.{Group} \"{request.Info.Name}\" not found", new StatusDetails { Name = request.Info.Name, Group = Group, Kind = request.Type.Plural }));
            return ResponseWriter.WriteAsync(request.Http, 200, found, request.Form);
        }
        var selector = LabelSelector.Parse(request.Query("labelSelector"));
        var list = new JsonObject
        {
            ["kind"] = request.Type.Kind + "List",
            ["apiVersion"] = $"{Group}/{Version}",
            ["metadata"] = new JsonObject(),
            ["items"] = new JsonArray([.. items.Where(i => selector.Matches(i.Labels()))]),
        };
        return ResponseWriter.WriteAsync(request.Http, 200, list, request.Form);
    }

    JsonObject? Pod(PodContext pod)
    {
        var containers = pod.Containers.Select(c => (c.Name, Usage: agent.Usage.Of(pod, c.Name))).Where(c => c.Usage is not null).ToList();
        if (containers.Count == 0) return null;
        var metrics = Describe("PodMetrics", pod.Pod.Metadata());
        metrics["containers"] = new JsonArray([.. containers.Select(c => (JsonNode)new JsonObject { ["name"] = c.Name, ["usage"] = Amounts(c.Usage!.Value) })]);
        return metrics;
    }

    JsonObject Node()
    {
        var name = agent.Context.Options.NodeName;
        var used = agent.Pods.Select(p => agent.Usage.Of(p)).OfType<Usage>().ToList();
        var metrics = Describe("NodeMetrics", new JsonObject { ["name"] = name });
        metrics["usage"] = Amounts(new(used.Sum(u => u.Cores), used.Sum(u => u.Bytes)));
        return metrics;
    }

    JsonObject Describe(string kind, JsonObject from)
    {
        var metadata = new JsonObject();
        foreach (var field in (string[])["name", "namespace", "labels"])
        {
            if (from[field] is { } value) metadata[field] = value.DeepClone();
        }
        var now = Timestamp.Format(agent.Context.Time.GetUtcNow());
        metadata["creationTimestamp"] = now;
        return new() { ["kind"] = kind, ["apiVersion"] = $"{Group}/{Version}", ["metadata"] = metadata, ["timestamp"] = now, ["window"] = $"{UsageSampler.Window.TotalSeconds}s" };
    }

    static JsonObject Amounts(Usage usage) => new()
    {
        ["cpu"] = $"{((long)(usage.Cores * 1e9)).ToString(CultureInfo.InvariantCulture)}n",
        ["memory"] = $"{(usage.Bytes / 1024).ToString(CultureInfo.InvariantCulture)}Ki",
    };
}
