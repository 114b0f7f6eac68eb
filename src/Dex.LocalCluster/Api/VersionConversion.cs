using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api;

/// <summary>
/// Between the version a client speaks and the one that is stored. Custom resources convert by their apiVersion alone (strategy
/// None); of the built-in kinds only events and autoscalers have two served versions.
/// </summary>
static class VersionConversion
{
    static readonly (string Core, string New)[] EventFields =
    [
        ("involvedObject", "regarding"), ("message", "note"), ("source", "deprecatedSource"), ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"), ("reportingComponent", "reportingController"),
    ];

    public static JsonObject FromStored(ResourceType type, JsonObject body) => Convert(type, body, type.GroupVersion);

    public static JsonObject ToStored(ResourceType type, JsonObject body) => Convert(type, body, type.StorageVersion);

    static JsonObject Convert(ResourceType type, JsonObject body, string target)
    {
        if (type.GroupVersion == type.StorageVersion)
            return body;
        if (body.ApiVersion() == target)
            return body;
        body["apiVersion"] = target;
        if (type.Storage == "events")
            RenameFields(body, toCore: target == "v1");
        else if (type.Storage == "horizontalpodautoscalers.autoscaling")
            ConvertAutoscaler(body, toV1: target == "autoscaling/v1");
        return body;
    }

    static void RenameFields(JsonObject body, bool toCore)
    {
        foreach (var (core, renamed) in EventFields)
        {
            var (from, to) = toCore ? (renamed, core) : (core, renamed);
            if (body[from] is not { } value)
                continue;
            body.Remove(from);
            body[to] = value;
        }
    }

    static void ConvertAutoscaler(JsonObject body, bool toV1)
    {
        if (body["spec"] is not JsonObject spec)
            return;
        if (!toV1)
        {
            if (spec.Number("targetCPUUtilizationPercentage") is { } wanted)
                spec["metrics"] = new JsonArray(CpuMetric(wanted));
            spec.Remove("targetCPUUtilizationPercentage");
            return;
        }
        var cpu = spec.Items("metrics").FirstOrDefault(m => m.Text("resource", "name") == "cpu");
        spec.Remove("metrics");
        if (cpu?.Number("resource", "target", "averageUtilization") is { } target)
            spec["targetCPUUtilizationPercentage"] = target;
        if (body["status"] is JsonObject status)
            ConvertAutoscalerStatus(status);
    }

    static void ConvertAutoscalerStatus(JsonObject status)
    {
        var cpu = status.Items("currentMetrics").FirstOrDefault(m => m.Text("resource", "name") == "cpu");
        status.Remove("currentMetrics");
        status.Remove("conditions");
        if (cpu?.Number("resource", "current", "averageUtilization") is { } now)
            status["currentCPUUtilizationPercentage"] = now;
    }

    static JsonObject CpuMetric(long percent) => new()
    {
        ["type"] = "Resource",
        ["resource"] = new JsonObject
        {
            ["name"] = "cpu",
            ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = percent },
        },
    };
}
