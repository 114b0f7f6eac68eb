using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Dex.Features.Manifests;

/// <summary>Everything that one job becomes.</summary>
static class JobObjects
{
    const int KeepScheduled = 24 * 3600;
    const int KeepDeployed = 7 * 24 * 3600;

    static readonly string[] Keys = ["image", "build", "command", "args", "env", "files", "size", "resources", "uses", "timeout", "retries"];

    public static IEnumerable<RenderedObject> Render(WorkloadScope scope, Job job)
    {
        if (scope.Workload.ApiAccess) yield return ServiceObjects.Account(scope);
        yield return job.Schedule is { } schedule ? CronJob(scope, job, schedule) : DeployJob(scope, job);
        yield return NetworkPolicies.Render(scope);
    }

    static RenderedObject CronJob(WorkloadScope scope, Job job, string schedule) => new(
        new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "CronJob",
            ["metadata"] = scope.Meta(),
            ["spec"] = new JsonObject
            {
                ["schedule"] = schedule,
                ["timeZone"] = job.Timezone,
                ["concurrencyPolicy"] = "Forbid",
                // Without a limit a controller that was away for a hundred runs gives up for good.
                ["startingDeadlineSeconds"] = 300,
                ["successfulJobsHistoryLimit"] = 3,
                ["failedJobsHistoryLimit"] = 3,
                ["jobTemplate"] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["labels"] = scope.Labels() },
                    ["spec"] = Spec(scope, job, KeepScheduled),
                },
            },
        },
        scope.Path, ["schedule", "timezone", .. Keys], ["never two at a time", "removed a day after its end"]);

    /// <summary>A Job cannot be changed, so its name says what it runs: a new image or setting is a new Job, the same one is left alone.</summary>
    static RenderedObject DeployJob(WorkloadScope scope, Job job)
    {
        var spec = Json.WithoutNulls(Spec(scope, job, KeepDeployed));
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(spec.ToJsonString())).AsSpan(0, 4));
        return new RenderedObject(
            new JsonObject
            {
                ["apiVersion"] = "batch/v1",
                ["kind"] = "Job",
                ["metadata"] = scope.Meta(
                    $"{scope.Name}-{hash}",
                    new JsonObject { [ObjectMeta.RunAnnotation] = job.Run == JobRun.AfterDeploy ? "after-deploy" : "before-deploy" }),
                ["spec"] = spec,
            },
            scope.Path, ["run", .. Keys], ["named by what it runs", "removed a week after its end"]);
    }

    static JsonObject Spec(WorkloadScope scope, Job job, int keepSeconds) => new()
    {
        ["backoffLimit"] = job.Retries,
        ["activeDeadlineSeconds"] = (long)Math.Ceiling(job.Timeout.Value.TotalSeconds),
        ["ttlSecondsAfterFinished"] = keepSeconds,
        // A failed pod stays with its log; the Job makes a new one for the next try.
        ["template"] = PodTemplate.Of(scope, new JsonObject { ["restartPolicy"] = "Never" }),
    };
}
