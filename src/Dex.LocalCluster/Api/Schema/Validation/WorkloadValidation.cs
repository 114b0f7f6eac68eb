using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>What runs pods, scales or protects them.</summary>
static class WorkloadValidation
{
    const string StatefulSetUpdate = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
        + "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

    static readonly string[] StatefulSetMutable = ["replicas", "ordinals", "template", "updateStrategy", "persistentVolumeClaimRetentionPolicy", "minReadySeconds", "revisionHistoryLimit"];

    static TypeSchema SelectorType { get; } = TypeTable.Struct("meta/v1.LabelSelector");

    public static void Check(string kind, JsonObject value, JsonObject spec, JsonObject? live, Checks checks)
    {
        switch (kind)
        {
            case "Deployment": Deployment(spec, live?.Object("spec"), checks); break;
            case "ReplicaSet":
                checks.NotNegative(spec, "spec", "replicas");
                checks.NotNegative(spec, "spec", "minReadySeconds");
                Selected(spec, "replicaset", checks);
                ImmutableSelector(spec, live, checks);
                break;
            case "DaemonSet":
                Selected(spec, "daemonset", checks);
                ImmutableSelector(spec, live, checks);
                break;
            case "StatefulSet": StatefulSet(spec, live?.Object("spec"), checks); break;
            case "ReplicationController":
                checks.NotNegative(spec, "spec", "replicas");
                PodValidation.Template(spec.Object("template"), "spec.template", checks);
                break;
            case "Job": Job(spec, "spec", live?.Object("spec"), checks); break;
            case "CronJob": CronJob(value, spec, checks); break;
            case "HorizontalPodAutoscaler": Autoscaler(spec, checks); break;
            case "PodDisruptionBudget": Budget(spec, checks); break;
        }
    }

    static void ImmutableSelector(JsonObject spec, JsonObject? live, Checks checks)
    {
        if (live?.Object("spec") is { } before)
            checks.Immutable("spec.selector", spec["selector"], before["selector"], SelectorType);
    }

    static void Deployment(JsonObject spec, JsonObject? live, Checks checks)
    {
        checks.NotNegative(spec, "spec", "replicas");
        Selected(spec, "deployment", checks);
        var strategy = spec.Object("strategy") ?? [];
        switch (strategy.Text("type"))
        {
            case "Recreate" when strategy["rollingUpdate"] is not null:
                checks.Forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
                break;
            case "RollingUpdate":
                var rolling = strategy.Object("rollingUpdate") ?? [];
                checks.Share("spec.strategy.rollingUpdate.maxUnavailable", rolling["maxUnavailable"]);
                checks.Share("spec.strategy.rollingUpdate.maxSurge", rolling["maxSurge"]);
                if (Checks.IsZero(rolling["maxUnavailable"]) && Checks.IsZero(rolling["maxSurge"]))
                    checks.Add(FieldError.InvalidText("spec.strategy.rollingUpdate.maxUnavailable", Checks.GoIntOrString(rolling["maxUnavailable"]), "may not be 0 when `maxSurge` is 0"));
                break;
            case not "Recreate":
                checks.OneOf("spec.strategy.type", strategy.Text("type"), "Recreate", "RollingUpdate");
                break;
        }

        foreach (var field in (ReadOnlySpan<string>)["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"])
            checks.NotNegative(spec, "spec", field);
        if (spec.Number("progressDeadlineSeconds") is { } deadline && deadline <= (spec.Number("minReadySeconds") ?? 0))
            checks.Invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
        if (live is not null)
            checks.Immutable("spec.selector", spec["selector"], live["selector"], SelectorType);
    }

    static void StatefulSet(JsonObject spec, JsonObject? live, Checks checks)
    {
        checks.OneOf("spec.podManagementPolicy", spec.Text("podManagementPolicy"), "OrderedReady", "Parallel");
        checks.OneOf("spec.updateStrategy.type", spec.Text("updateStrategy", "type"), "OnDelete", "RollingUpdate");
        checks.NotNegative(spec, "spec", "replicas");
        checks.NotNegative(spec, "spec", "minReadySeconds");
        Selected(spec, "statefulset", checks);
        if (live is not null && !JsonNode.DeepEquals(Without(spec), Without(live)))
            checks.Forbidden("spec", StatefulSetUpdate);
    }

    static JsonObject Without(JsonObject spec)
    {
        var copy = spec.Copy();
        foreach (var field in StatefulSetMutable)
            copy.Remove(field);
        return copy;
    }

    /// <summary>Selector and template, which must fit each other; pods of a controller run for ever.</summary>
    static void Selected(JsonObject spec, string what, Checks checks)
    {
        var selector = spec.Object("selector");
        if (selector is null)
            checks.Required("spec.selector");
        else
        {
            checks.Selector("spec.selector", selector);
            if (!selector.Any(p => p.Value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 }))
                checks.Add(FieldError.InvalidText("spec.selector", GoSyntax.Format(selector, SelectorType), $"empty selector is invalid for {what}"));
        }

        var labels = spec.Object("template", "metadata", "labels");
        if (selector is null || !Matches(selector, labels))
            checks.Add(FieldError.InvalidText("spec.template.metadata.labels", GoSyntax.StringMap(labels), "`selector` does not match template `labels`"));
        PodValidation.Template(spec.Object("template"), "spec.template", checks, spec.Items("volumeClaimTemplates").Select(claim => claim.Name()));
        // A policy that is none at all has been reported already.
        if (spec.Text("template", "spec", "restartPolicy") is "OnFailure" or "Never")
            checks.OneOf("spec.template.spec.restartPolicy", spec.Text("template", "spec", "restartPolicy"), "Always");
    }

    static bool Matches(JsonObject selector, JsonObject? labels)
    {
        try
        {
            return LabelSelector.From(selector).Matches((labels ?? []).ToDictionary(l => l.Key, l => Scalars.Text(l.Value) ?? "", StringComparer.Ordinal));
        }
        catch (FormatException)
        {
            return true;
        }
    }

    static void Job(JsonObject spec, string path, JsonObject? live, Checks checks)
    {
        foreach (var field in (ReadOnlySpan<string>)["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"])
            checks.NotNegative(spec, path, field);
        PodValidation.Template(spec.Object("template"), $"{path}.template", checks);
        if (spec.Text("template", "spec", "restartPolicy") == "Always")
            checks.Add(new FieldError("FieldValueRequired", $"{path}.template.spec.restartPolicy", "Required value: valid values: \"OnFailure\", \"Never\""));
        if (live is null)
            return;
        if (spec.Text("completionMode") != "Indexed")
            checks.Immutable($"{path}.completions", spec["completions"], live["completions"]);
        checks.Immutable($"{path}.selector", spec["selector"], live["selector"], SelectorType);
        // A suspended job may still be placed elsewhere.
        if (live.Flag("suspend") != true)
            checks.Immutable($"{path}.template", spec["template"], live["template"], TypeTable.Struct("core/v1.PodTemplateSpec"));
    }

    static void CronJob(JsonObject value, JsonObject spec, Checks checks)
    {
        if (spec.Text("schedule") is not { Length: > 0 } schedule)
            checks.Required("spec.schedule");
        else if (CronText.Objection(schedule) is { } objection)
            checks.Invalid("spec.schedule", schedule, objection);
        if (spec.Text("timeZone") is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            checks.Invalid("spec.timeZone", zone, $"unknown time zone {zone}");
        checks.OneOf("spec.concurrencyPolicy", spec.Text("concurrencyPolicy"), "Allow", "Forbid", "Replace");
        foreach (var field in (ReadOnlySpan<string>)["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"])
            checks.NotNegative(spec, "spec", field);
        Job(spec.Object("jobTemplate", "spec") ?? [], "spec.jobTemplate.spec", null, checks);
        if (value.Name().Length > 52)
            checks.Invalid("metadata.name", value.Name(), "must be no more than 52 characters");
    }

    static void Autoscaler(JsonObject spec, Checks checks)
    {
        var (min, max) = (spec.Number("minReplicas") ?? 1, spec.Number("maxReplicas") ?? 0);
        if (min < 1)
            checks.Invalid("spec.minReplicas", min, "must be greater than or equal to 1");
        if (max < 1)
            checks.Invalid("spec.maxReplicas", max, "must be greater than 0");
        if (max < min)
            checks.Invalid("spec.maxReplicas", max, "must be greater than or equal to `minReplicas`");
        checks.Name("spec.scaleTargetRef.kind", spec.Text("scaleTargetRef", "kind"), Names.PathSegment);
        checks.Name("spec.scaleTargetRef.name", spec.Text("scaleTargetRef", "name"), Names.PathSegment);
    }

    static void Budget(JsonObject spec, Checks checks)
    {
        if (spec["minAvailable"] is not null && spec["maxUnavailable"] is not null)
        {
            checks.Add(FieldError.InvalidText("spec", GoSyntax.Format(spec, TypeTable.Struct("policy/v1.PodDisruptionBudgetSpec")).Replace("v1.PodDisruption", "policy.PodDisruption", StringComparison.Ordinal),
                "minAvailable and maxUnavailable cannot be both set"));
        }

        checks.Share("spec.minAvailable", spec["minAvailable"], atMostAll: true);
        checks.Share("spec.maxUnavailable", spec["maxUnavailable"], atMostAll: true);
        checks.Selector("spec.selector", spec.Object("selector"));
    }
}
