using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>The apps and batch groups.</summary>
static class WorkloadDefaults
{
    public static void Apply(string kind, JsonObject value, JsonObject spec)
    {
        switch (kind)
        {
            case "Deployment":
                spec.Default("replicas", 1).Default("revisionHistoryLimit", 10).Default("progressDeadlineSeconds", 600);
                RollingUpdate(spec.Child("strategy"))?.Default("maxUnavailable", "25%").Default("maxSurge", "25%");
                break;
            case "ReplicaSet":
                spec.Default("replicas", 1);
                break;
            case "StatefulSet":
                spec.Default("replicas", 1).Default("revisionHistoryLimit", 10).Default("podManagementPolicy", "OrderedReady");
                RollingUpdate(spec.Child("updateStrategy"))?.Default("partition", 0);
                spec.Child("persistentVolumeClaimRetentionPolicy").Default("whenDeleted", "Retain").Default("whenScaled", "Retain");
                foreach (var claim in spec.Items("volumeClaimTemplates"))
                {
                    claim["kind"] = "PersistentVolumeClaim";
                    claim["apiVersion"] = "v1";
                    Defaults.Claim(claim);
                }

                break;
            case "DaemonSet":
                spec.Default("revisionHistoryLimit", 10);
                // The template's generation lives in an annotation, which whoever writes the object owns.
                if (value.Annotation(Preparation.DaemonGeneration) is null)
                    value.SetAnnotation(Preparation.DaemonGeneration, "0");
                RollingUpdate(spec.Child("updateStrategy"))?.Default("maxUnavailable", 1).Default("maxSurge", 0);
                break;
            case "Job":
                Job(value, spec);
                break;
            case "CronJob":
                spec.Default("concurrencyPolicy", "Allow").Default("suspend", false).Default("successfulJobsHistoryLimit", 3).Default("failedJobsHistoryLimit", 1);
                spec = spec.Child("jobTemplate").Child("spec");
                break;
        }

        PodDefaults.Template(spec.Child("template"));
    }

    static JsonObject? RollingUpdate(JsonObject strategy)
    {
        strategy.Default("type", "RollingUpdate");
        return strategy.Text("type") == "RollingUpdate" ? strategy.Child("rollingUpdate") : null;
    }

    static void Job(JsonObject value, JsonObject spec)
    {
        if (spec["completions"] is null && spec["parallelism"] is null)
            spec["completions"] = 1;
        spec.Default("parallelism", 1).Default("backoffLimit", spec["backoffLimitPerIndex"] is null ? 6 : int.MaxValue)
            .Default("completionMode", "NonIndexed").Default("suspend", false).Default("manualSelector", false)
            .Default("podReplacementPolicy", spec["podFailurePolicy"] is null ? "TerminatingOrFailed" : "Failed");
        if (spec.Object("template", "metadata", "labels") is { Count: > 0 } labels && value.Object("metadata", "labels") is not { Count: > 0 })
            value.Metadata()["labels"] = labels.DeepClone();
    }
}
