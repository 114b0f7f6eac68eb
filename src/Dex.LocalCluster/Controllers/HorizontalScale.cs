using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Controllers;

/// <summary>How many replicas a HorizontalPodAutoscaler's metrics ask for.</summary>
static class HorizontalScale
{
    /// <summary>Within a tenth of the target nothing moves.</summary>
    const double Tolerance = 0.1;

    /// <summary>The proposal of one metric.</summary>
    /// <param name="Replicas">What it asks for; null when it cannot tell.</param>
    /// <param name="Name">The metric in words.</param>
    /// <param name="Current">The entry of <c>status.currentMetrics</c>, or null.</param>
    /// <param name="Above">Whether the metric is above its target.</param>
    /// <param name="Error">Why it cannot tell.</param>
    public sealed record Proposal(int? Replicas, string Name, JsonObject? Current, bool Above, string? Error);

    /// <param name="metric">An entry of <c>spec.metrics</c>.</param>
    /// <param name="current">The number of replicas now.</param>
    /// <param name="pods">The pods of the target.</param>
    /// <param name="usage">What a pod uses, by uid.</param>
    public static Proposal Evaluate(JsonObject metric, int current, List<Pod> pods, Func<string, Usage?>? usage)
    {
        var resource = metric.Text("resource", "name") ?? "";
        if (metric.Text("type") != "Resource" || resource is not ("cpu" or "memory"))
            return new(null, metric.Text("type") ?? "", null, false, $"unknown metric source type \"{metric.Text("type")}\"");

        var measured = pods.Where(p => p.Active && p.Ready)
            .Select(p => (Pod: p, Usage: usage?.Invoke(p.Stored.Uid)))
            .Where(p => p.Usage is not null)
            .Select(p => (p.Pod, Value: resource == "cpu" ? (decimal)p.Usage!.Value.Cores : p.Usage!.Value.Bytes)).ToList();
        if (measured.Count == 0)
            return new(null, $"{resource} resource", null, false, $"unable to get metrics for resource {resource}: no metrics returned from resource metrics API");

        var target = metric.Object("resource", "target") ?? [];
        var average = measured.Average(m => m.Value);
        if (target.Number("averageUtilization") is not { } percent)
            return Propose($"{resource} resource", average / Math.Max(PodResources.Amount(target["averageValue"]), 0.000001m), average, null);

        var requests = measured.Sum(m => PodResources.Sum(m.Pod.Json, "requests", resource));
        var silent = measured.FirstOrDefault(m => PodResources.Sum(m.Pod.Json, "requests", resource) == 0).Pod;
        if (silent is not null)
            return new(null, $"{resource} resource utilization (percentage of request)", null, false, $"failed to get {resource} utilization: missing request for {resource} in container of Pod {silent.Name}");

        var utilization = (long)(measured.Sum(m => m.Value) * 100 / requests);
        return Propose($"{resource} resource utilization (percentage of request)", (decimal)utilization / percent, average, utilization);

        Proposal Propose(string name, decimal ratio, decimal value, long? share)
        {
            var entry = new JsonObject { ["averageValue"] = resource == "cpu" ? $"{(long)(value * 1000)}m" : ((long)value).ToString(CultureInfo.InvariantCulture) };
            if (share is { } used)
                entry["averageUtilization"] = used;
            var wanted = Math.Abs((double)ratio - 1) <= Tolerance ? current : (int)Math.Ceiling(ratio * measured.Count);
            return new(wanted, name, new() { ["type"] = "Resource", ["resource"] = new JsonObject { ["name"] = resource, ["current"] = entry } }, ratio > 1, null);
        }
    }
}
