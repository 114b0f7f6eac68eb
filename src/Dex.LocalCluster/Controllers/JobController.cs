using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Runs a Job's pods until enough have succeeded or too many have failed, and deletes it when its time to live is over.</summary>
sealed class JobController : Controller
{
    const string Resource = "jobs.batch";

    readonly PodControl _pods;

    public JobController(ControllerContext context)
        : base(context, "job-controller") => _pods = new(Registry, Events);

    public override void Start()
    {
        OnEach(Resource);
        OnOwned("pods", "Job", Resource);
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (Registry.Get(key) is not { DeletionTimestamp: null } stored)
        {
            await ReleasePodsAsync(key, ct);
            return null;
        }

        var json = stored.ToJson();
        var claimed = await Registry.ClaimAsync(stored, Claims.SelectorOf(json), "pods", ct);
        var job = new JobProgress(stored, claimed, Now);
        if (Finished(json) is { } finished)
        {
            await UntrackAsync(job, ct);
            return await ExpireAsync(stored, json, finished, ct);
        }

        await CountAsync(job, ct);
        var failure = TargetedFailure(json) ?? job.Failure();
        var wait = await ManageAsync(job, failure is not null, ct);
        await DescribeAsync(job, failure, ct);
        return Least(wait, job.UntilDeadline());
    }

    /// <summary>Notes finished pods in the status before letting them go, so that a crash in between neither loses nor doubles one.</summary>
    async Task CountAsync(JobProgress job, CancellationToken ct)
    {
        if (job.NewlySucceeded.Count + job.NewlyFailed.Count > 0)
        {
            await WriteStatusAsync(job.Stored, status =>
            {
                var uncounted = status.Child("uncountedTerminatedPods");
                Append(uncounted, "succeeded", job.NewlySucceeded);
                Append(uncounted, "failed", job.NewlyFailed);
                if (job.Indexed)
                    status["completedIndexes"] = JobIndexes.Format(job.CompletedIndexes);
            }, ct);
        }

        await UntrackAsync(job, ct);
    }

    async Task<TimeSpan?> ManageAsync(JobProgress job, bool failed, CancellationToken ct)
    {
        if (failed || job.Suspended || job.Complete)
        {
            // A success that others still run beside is no reason to stop them, unless all completions are there.
            await _pods.DeleteAsync(job.Stored, job.Active, ct);
            return null;
        }

        var wanted = job.WantedActive();
        if (job.Active.Count > wanted)
        {
            await _pods.DeleteAsync(job.Stored, Pod.ByExpendability(job.Active).Take(job.Active.Count - wanted), ct);
            return null;
        }

        var missing = wanted - job.Active.Count - job.HeldPlaces;
        if (missing <= 0)
            return null;

        if (job.UntilRetry() is { } wait && wait > TimeSpan.Zero)
            return wait;

        var indexes = job.Indexed ? job.FreeIndexes().Take(missing).ToList() : [];
        await _pods.CreateAsync(job.Stored, job.Indexed ? indexes.Count : missing, i => BuildPod(job, job.Indexed ? indexes[i] : null), ct);
        return null;
    }

    async Task DescribeAsync(JobProgress job, (string Reason, string Message)? failure, CancellationToken ct)
    {
        var live = Registry.List("pods", job.Stored.Key.Namespace).Where(p => p.Controller()?.Uid == job.Stored.Uid).Select(p => new Pod(p)).ToList();
        var active = live.Where(p => p.Active).ToList();
        var terminating = live.Count(p => p.Deleting && !p.Finished);
        var ended = active.Count == 0 && terminating == 0;
        await WriteStatusAsync(job.Stored, status =>
        {
            ReplicaSetController.SetCount(status, "active", active.Count);
            ReplicaSetController.SetCount(status, "succeeded", job.Succeeded);
            ReplicaSetController.SetCount(status, "failed", job.Failed);
            status["ready"] = active.Count(p => p.Ready);
            status["terminating"] = terminating;
            status["uncountedTerminatedPods"] = new JsonObject();
            DescribeSuspension(job, status);
            if (failure is { } f)
                Conclude(job, status, "FailureTarget", ended ? "Failed" : null, f.Reason, f.Message);
            else if (job.Complete)
                Conclude(job, status, "SuccessCriteriaMet", ended ? "Complete" : null, "CompletionsReached", "Reached expected number of succeeded pods");
        }, ct);
    }

    void DescribeSuspension(JobProgress job, JsonObject status)
    {
        var was = Conditions.Find(status, "Suspended")?.Text("status") == "True";
        if (job.Suspended)
        {
            status.Remove("startTime");
            if (Conditions.Set(status, "Suspended", "True", "JobSuspended", "Job suspended", Now))
                Events.Normal(job.Stored, "Suspended", "Job suspended");
        }
        else if (was)
        {
            Conditions.Set(status, "Suspended", "False", "JobResumed", "Job resumed", Now);
            Events.Normal(job.Stored, "Resumed", "Job resumed");
        }

        if (!job.Suspended && status["startTime"] is null)
            status["startTime"] = Timestamp.Format(Now);
    }

    void Conclude(JobProgress job, JsonObject status, string target, string? final, string reason, string message)
    {
        Conditions.Set(status, target, "True", reason, message, Now);
        if (final is null)
            return;

        Conditions.Set(status, final, "True", reason, message, Now);
        if (final == "Complete")
        {
            status["completionTime"] = Timestamp.Format(Now);
            Events.Normal(job.Stored, "Completed", "Job completed");
        }
        else
            Events.Warning(job.Stored, reason, message);
    }

    JsonObject BuildPod(JobProgress job, int? index)
    {
        var pod = Pod.FromTemplate(job.Json.Object("spec", "template")!, job.Stored);
        var finalizers = pod.Metadata()["finalizers"] as JsonArray ?? [];
        finalizers.Add((JsonNode)JobProgress.Finalizer);
        pod.Metadata()["finalizers"] = finalizers;
        if (index is not { } i)
            return pod;

        var text = i.ToString(CultureInfo.InvariantCulture);
        var host = $"{job.Stored.Key.Name}-{text}";
        pod.Metadata()["generateName"] = host + "-";
        pod.SetAnnotation(JobProgress.IndexKey, text);
        pod.SetLabel(JobProgress.IndexKey, text);
        pod.Child("spec")["hostname"] ??= host;
        foreach (var container in pod.Items("spec", "initContainers").Concat(pod.Items("spec", "containers")))
        {
            var env = container["env"] as JsonArray ?? [];
            if (!env.OfType<JsonObject>().Any(e => e.Text("name") == "JOB_COMPLETION_INDEX"))
            {
                var field = new JsonObject { ["fieldPath"] = $"metadata.labels['{JobProgress.IndexKey}']" };
                env.Add((JsonNode)new JsonObject { ["name"] = "JOB_COMPLETION_INDEX", ["valueFrom"] = new JsonObject { ["fieldRef"] = field } });
                container["env"] = env;
            }
        }

        return pod;
    }

    Task UntrackAsync(JobProgress job, CancellationToken ct) => UntrackAsync(job.Tracked.Select(p => p.Stored), ct);

    Task UntrackAsync(IEnumerable<StoredObject> tracked, CancellationToken ct) => Task.WhenAll(tracked.Select(pod =>
        Registry.UpdateAsync(pod.Key, live => live.Metadata()["finalizers"] is JsonArray list && list.RemoveAll(f => f?.GetValue<string>() == JobProgress.Finalizer) > 0, "", ct)));

    /// <summary>The pods of a Job that is gone or going need not be counted any more.</summary>
    Task ReleasePodsAsync(ObjectKey job, CancellationToken ct) => UntrackAsync(
        Registry.List("pods", job.Namespace).Where(p => p.Controller() is { Kind: "Job" } owner && owner.Name == job.Name && p.Finalizers.Contains(JobProgress.Finalizer)), ct);

    async Task<TimeSpan?> ExpireAsync(StoredObject stored, JsonObject job, DateTimeOffset finished, CancellationToken ct)
    {
        if (job.Number("spec", "ttlSecondsAfterFinished") is not { } seconds)
            return null;

        var left = finished + TimeSpan.FromSeconds(seconds) - Now;
        if (left > TimeSpan.Zero)
            return left;

        await DeleteAsync(stored, "Foreground", ct);
        return null;
    }

    static void Append(JsonObject uncounted, string list, List<Pod> pods)
    {
        var uids = uncounted[list] as JsonArray ?? [];
        foreach (var pod in pods)
            uids.Add((JsonNode)pod.Stored.Uid);

        if (uids.Count > 0)
            uncounted[list] = uids;
    }

    static DateTimeOffset? Finished(JsonObject job) => new[] { job.Condition("Complete"), job.Condition("Failed") }
        .FirstOrDefault(c => c?.Text("status") == "True")?.Time("lastTransitionTime");

    /// <summary>A failure that was found in an earlier look and waits for the last pods to end.</summary>
    static (string Reason, string Message)? TargetedFailure(JsonObject job) =>
        job.Condition("FailureTarget") is { } target ? (target.Text("reason") ?? "", target.Text("message") ?? "") : null;

    static TimeSpan? Least(TimeSpan? a, TimeSpan? b) => a is null ? b : b is null || a < b ? a : b;
}
