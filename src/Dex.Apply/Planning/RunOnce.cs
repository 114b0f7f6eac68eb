using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Planning;

/// <summary>Jobs that belong to a deploy: they run once for what they are, before or after the workloads.</summary>
static class RunOnce
{
    const string Annotation = "dex.dev/run";

    public static bool Is(JsonObject obj) => obj.Kind() == "Job" && obj.Annotation(Annotation) is not null;

    public static bool IsBefore(JsonObject obj) => obj.Kind() == "Job" && obj.Annotation(Annotation) == "before-deploy";

    public static bool IsAfter(JsonObject obj) => obj.Kind() == "Job" && obj.Annotation(Annotation) == "after-deploy";

    public static bool HasFailed(JsonObject job) => job.HasCondition("Failed") || job.HasCondition("FailureTarget");
}
