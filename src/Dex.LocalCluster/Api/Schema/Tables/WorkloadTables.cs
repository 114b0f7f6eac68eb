using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>What runs pods, and what scales and protects them.</summary>
static class WorkloadTables
{
    public static JsonArray Deployment(JsonObject o, Clock clock)
    {
        var (names, images) = Containers(o);
        return [o.Name(), $"{Status(o, "readyReplicas")}/{Spec(o, "replicas")}", Status(o, "updatedReplicas"), Status(o, "availableReplicas"), clock.Age(o), names, images, Selector(o)];
    }

    public static JsonArray ReplicaSet(JsonObject o, Clock clock)
    {
        var (names, images) = Containers(o);
        return [o.Name(), Spec(o, "replicas"), Status(o, "replicas"), Status(o, "readyReplicas"), clock.Age(o), names, images, Selector(o)];
    }

    public static JsonArray ReplicationController(JsonObject o, Clock clock)
    {
        var (names, images) = Containers(o);
        return [o.Name(), Spec(o, "replicas"), Status(o, "replicas"), Status(o, "readyReplicas"), clock.Age(o), names, images, Cell.Labels(o.Object("spec", "selector"))];
    }

    public static JsonArray StatefulSet(JsonObject o, Clock clock)
    {
        var (names, images) = Containers(o);
        return [o.Name(), $"{Status(o, "readyReplicas")}/{Spec(o, "replicas")}", clock.Age(o), names, images];
    }

    public static JsonArray DaemonSet(JsonObject o, Clock clock)
    {
        var (names, images) = Containers(o);
        return
        [
            o.Name(), Status(o, "desiredNumberScheduled"), Status(o, "currentNumberScheduled"), Status(o, "numberReady"), Status(o, "updatedNumberScheduled"),
            Status(o, "numberAvailable"), Cell.Labels(o.Object("spec", "template", "spec", "nodeSelector")), clock.Age(o), names, images, Selector(o),
        ];
    }

    public static JsonArray PodTemplate(JsonObject o)
    {
        var (names, images) = Cell.Containers(o.Object("template", "spec"));
        return [o.Name(), names, images, Cell.Labels(o.Object("template", "metadata", "labels"))];
    }

    public static JsonArray ControllerRevision(JsonObject o, Clock clock)
    {
        var owner = o.ControllerOwner();
        var group = owner?.ApiVersion.Split('/') is [var named, _] ? "." + named : "";
        return [o.Name(), owner is null ? "<none>" : $"{owner.Kind.ToLowerInvariant()}{group}/{owner.Name}", o.Number("revision") ?? 0, clock.Age(o)];
    }

    public static JsonArray Job(JsonObject o, Clock clock)
    {
        var (names, images) = Containers(o);
        var completions = o.Number("spec", "completions") is { } wanted ? $"{Status(o, "succeeded")}/{wanted}"
            : Spec(o, "parallelism") is var parallel and > 1 ? $"{Status(o, "succeeded")}/1 of {parallel}" : $"{Status(o, "succeeded")}/1";
        var duration = o.Time("status", "startTime") is not { } start ? "" : GoDuration.Human((o.Time("status", "completionTime") ?? clock.Now) - start);
        return [o.Name(), JobStatus(o), completions, duration, clock.Age(o), names, images, Selector(o)];
    }

    static string JobStatus(JsonObject job) =>
        job.HasCondition("Complete") ? "Complete"
        : job.HasCondition("Failed") ? "Failed"
        : job.DeletionTimestamp() is not null ? "Terminating"
        : job.HasCondition("Suspended") ? "Suspended"
        : job.HasCondition("FailureTarget") ? "FailureTarget"
        : job.HasCondition("SuccessCriteriaMet") ? "SuccessCriteriaMet"
        : "Running";

    public static JsonArray CronJob(JsonObject o, Clock clock)
    {
        var (names, images) = Cell.Containers(o.Object("spec", "jobTemplate", "spec", "template", "spec"));
        return
        [
            o.Name(), o.Text("spec", "schedule"), Cell.Or(o.Text("spec", "timeZone"), "<none>"), o.Flag("spec", "suspend") is { } suspend ? suspend ? "True" : "False" : "<unset>",
            Cell.Count(o.At("status", "active")), o.Time("status", "lastScheduleTime") is { } last ? clock.Since(last) : "<none>", clock.Age(o), names, images,
            Cell.Selector(o.Object("spec", "jobTemplate", "spec", "selector")),
        ];
    }

    public static JsonArray DisruptionBudget(JsonObject o, Clock clock) =>
    [
        o.Name(), IntOrString(o.At("spec", "minAvailable")), IntOrString(o.At("spec", "maxUnavailable")), Status(o, "disruptionsAllowed"), clock.Age(o),
    ];

    static string IntOrString(JsonNode? value) => Scalars.Text(value) ?? value?.ToJsonString() ?? "N/A";

    public static JsonArray Autoscaler(JsonObject o, Clock clock) =>
    [
        o.Name(), $"{o.Text("spec", "scaleTargetRef", "kind")}/{o.Text("spec", "scaleTargetRef", "name")}", Targets(o),
        o.Number("spec", "minReplicas")?.ToString() ?? "<unset>", Spec(o, "maxReplicas"), Status(o, "currentReplicas"), clock.Age(o),
    ];

    static string Targets(JsonObject o)
    {
        var specs = o.Items("spec", "metrics").ToList();
        var current = o.Items("status", "currentMetrics").ToList();
        if (specs.Count == 0)
            return "<none>";
        var shown = specs.Select((spec, i) => Metric(spec, i < current.Count ? current[i] : null)).ToList();
        return string.Join(", ", shown.Take(2)) + (shown.Count > 2 ? $" + {shown.Count - 2} more..." : "");
    }

    static string Metric(JsonObject spec, JsonObject? status)
    {
        var source = spec.Text("type") is { Length: > 0 } type ? char.ToLowerInvariant(type[0]) + type[1..] : "";
        if (spec.Object(source) is not { } metric)
            return "<unknown type>";
        var name = source is "resource" or "containerResource" ? metric.Text("name") + ": " : "";
        var now = status?.Object(source, "current");
        if (metric.Text("target", "averageValue") is { } average)
            return $"{name}{now?.Text("averageValue") ?? "<unknown>"}/{average}{(source is "object" or "external" ? " (avg)" : "")}";
        return source is "resource" or "containerResource"
            ? $"{name}{(now?.Number("averageUtilization") is { } used ? $"{used}%" : "<unknown>")}/{(metric.Number("target", "averageUtilization") is { } wanted ? $"{wanted}%" : "<auto>")}"
            : $"{now?.Text("value") ?? "<unknown>"}/{metric.Text("target", "value")}";
    }

    static long Spec(JsonObject o, string field) => o.Number("spec", field) ?? 0;

    static long Status(JsonObject o, string field) => o.Number("status", field) ?? 0;

    static (string Names, string Images) Containers(JsonObject o) => Cell.Containers(o.Object("spec", "template", "spec"));

    static string Selector(JsonObject o) => Cell.Selector(o.Object("spec", "selector"));
}
