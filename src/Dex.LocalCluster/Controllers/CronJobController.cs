using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Makes a Job at each time of a schedule and keeps a short history of finished ones.</summary>
sealed class CronJobController(ControllerContext context) : Controller(context, "cronjob-controller")
{
    const string Resource = "cronjobs.batch";
    const string JobsResource = "jobs.batch";

    public override void Start()
    {
        OnEach(Resource);
        On(JobsResource, change =>
        {
            if (change.Object.Controller() is { Kind: "CronJob" } owner)
                Enqueue(new(Resource, change.Object.Key.Namespace, owner.Name));
        });
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (Registry.Get(key) is not { DeletionTimestamp: null } stored)
            return null;

        var cron = stored.ToJson();
        var jobs = Registry.List(JobsResource, key.Namespace).Where(j => j.Controller()?.Uid == stored.Uid).ToList();
        var active = await TrackAsync(stored, cron, jobs, ct);
        await ForgetAsync(stored, cron, jobs, ct);
        if (cron.Flag("spec", "suspend") == true || Read(stored, cron) is not { } schedule)
            return null;

        var due = schedule.Cron.Last(Earliest(cron), Now, schedule.Zone);
        if (due is { } time)
            await StartAsync(stored, cron, time, schedule.Zone, active, ct);
        return schedule.Cron.Next(Now, schedule.Zone) - Now + TimeSpan.FromMilliseconds(100);
    }

    /// <summary>Takes finished and vanished jobs off the active list.</summary>
    async Task<List<StoredObject>> TrackAsync(StoredObject stored, JsonObject cron, List<StoredObject> jobs, CancellationToken ct)
    {
        var listed = cron.Items("status", "active").Select(a => (Uid: a.Text("uid"), Name: a.Text("name"))).ToList();
        var active = jobs.Where(j => Outcome(j.ToJson()) is null && j.DeletionTimestamp is null).ToList();
        var success = cron.Time("status", "lastSuccessfulTime");
        foreach (var (uid, name) in listed)
        {
            var job = jobs.Find(j => j.Uid == uid);
            if (job is null)
            {
                Events.Normal(stored, "MissingJob", $"Active job went missing: {name}");
            }
            else if (Outcome(job.ToJson()) is { } outcome)
            {
                Events.Normal(stored, "SawCompletedJob", $"Saw completed job: {name}, condition: {outcome}");
                success = job.ToJson().Time("status", "completionTime") is { } at && (success is null || at > success) ? at : success;
            }
        }

        await WriteStatusAsync(stored, status =>
        {
            SetActive(status, active);
            if (success is { } at)
                status["lastSuccessfulTime"] = Timestamp.Format(at);
        }, ct);
        return active;
    }

    async Task StartAsync(StoredObject stored, JsonObject cron, DateTimeOffset time, TimeZoneInfo zone, List<StoredObject> active, CancellationToken ct)
    {
        if (cron.Number("spec", "startingDeadlineSeconds") is { } deadline && time + TimeSpan.FromSeconds(deadline) < Now)
        {
            Events.Warning(stored, "MissSchedule", $"Missed scheduled time to start a job: {time.UtcDateTime.ToString("R", CultureInfo.InvariantCulture)}");
            return;
        }

        var policy = cron.Text("spec", "concurrencyPolicy");
        if (policy == "Forbid" && active.Count > 0)
        {
            Events.Normal(stored, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid");
            return;
        }

        foreach (var running in policy == "Replace" ? [.. active] : Array.Empty<StoredObject>())
        {
            await DeleteAsync(running, "Background", ct);
            Events.Normal(stored, "SuccessfulDelete", $"Deleted job {running.Key.Name}");
            active.Remove(running);
        }

        if (await CreateJobAsync(stored, cron, time, zone, ct) is { } created)
            active.Add(created);
        await WriteStatusAsync(stored, status =>
        {
            SetActive(status, active);
            status["lastScheduleTime"] = Timestamp.Format(time);
        }, ct);
    }

    async Task<StoredObject?> CreateJobAsync(StoredObject stored, JsonObject cron, DateTimeOffset time, TimeZoneInfo zone, CancellationToken ct)
    {
        var template = cron.Object("spec", "jobTemplate") ?? [];
        var job = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{stored.Key.Name}-{(time.ToUnixTimeSeconds() / 60).ToString(CultureInfo.InvariantCulture)}",
                ["labels"] = template.At("metadata", "labels")?.DeepClone(),
                ["annotations"] = template.At("metadata", "annotations")?.DeepClone() ?? new JsonObject(),
                ["ownerReferences"] = new JsonArray(Claims.Reference(stored)),
            },
            ["spec"] = template["spec"]?.DeepClone() ?? new JsonObject(),
        };
        job.SetAnnotation("batch.kubernetes.io/cronjob-scheduled-timestamp", TimeZoneInfo.ConvertTime(time, zone).ToString("yyyy-MM-dd'T'HH:mm:ssK", CultureInfo.InvariantCulture));
        try
        {
            var created = await Registry.CreateAsync(JobsResource, stored.Key.Namespace, job, ct);
            Events.Normal(stored, "SuccessfulCreate", $"Created job {created.Key.Name}");
            return created;
        }
        catch (ApiException e) when (e.Status.Reason == "AlreadyExists")
        {
            return null;
        }
        catch (ApiException e)
        {
            Events.Warning(stored, "FailedCreate", $"Error creating job: {e.Status.Message}");
            throw;
        }
    }

    async Task ForgetAsync(StoredObject stored, JsonObject cron, List<StoredObject> jobs, CancellationToken ct)
    {
        foreach (var (outcome, limit) in new[] { ("Complete", cron.Number("spec", "successfulJobsHistoryLimit") ?? 3), ("Failed", cron.Number("spec", "failedJobsHistoryLimit") ?? 1) })
        {
            var finished = jobs.Where(j => Outcome(j.ToJson()) == outcome && j.DeletionTimestamp is null)
                .OrderBy(j => j.ToJson().Time("status", "startTime")).ThenBy(j => j.Key.Name, StringComparer.Ordinal).ToList();
            foreach (var old in finished.Take(Math.Max(0, finished.Count - (int)limit)))
            {
                await DeleteAsync(old, "Background", ct);
                Events.Normal(stored, "SuccessfulDelete", $"Deleted job {old.Key.Name}");
            }
        }
    }

    (CronSchedule Cron, TimeZoneInfo Zone)? Read(StoredObject stored, JsonObject cron)
    {
        var zone = cron.Text("spec", "timeZone");
        try
        {
            return (CronSchedule.Parse(cron.Text("spec", "schedule") ?? ""), zone is null ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(zone));
        }
        catch (FormatException e)
        {
            Events.Warning(stored, "UnparseableSchedule", $"unparseable schedule: {cron.Text("spec", "schedule")} : {e.Message}");
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            Events.Warning(stored, "UnknownTimeZone", $"invalid timeZone: {zone}: unknown time zone {zone}");
        }

        return null;
    }

    /// <summary>The time since which a start may have been missed.</summary>
    DateTimeOffset Earliest(JsonObject cron)
    {
        var since = cron.Time("status", "lastScheduleTime") ?? cron.CreationTimestamp() ?? Now;
        return cron.Number("spec", "startingDeadlineSeconds") is { } deadline && Now - TimeSpan.FromSeconds(deadline) is var oldest && oldest > since ? oldest : since;
    }

    static void SetActive(JsonObject status, List<StoredObject> active)
    {
        status.Remove("active");
        if (active.Count > 0)
        {
            status["active"] = new JsonArray([.. active.Select(j => (JsonNode)new JsonObject
            {
                ["kind"] = "Job",
                ["namespace"] = j.Key.Namespace,
                ["name"] = j.Key.Name,
                ["uid"] = j.Uid,
                ["apiVersion"] = "batch/v1",
            })]);
        }
    }

    static string? Outcome(JsonObject job) => job.HasCondition("Complete") ? "Complete" : job.HasCondition("Failed") ? "Failed" : null;
}
