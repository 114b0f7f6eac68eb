using Dex.Kubernetes.Model;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class CronJobTests : IAsyncLifetime
{
    const string Crons = "cronjobs.batch";
    const string Jobs = "jobs.batch";

    ControllerCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await ControllerCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_job_starts_at_each_time_of_the_schedule_and_history_is_kept_short()
    {
        _cluster.Kubelet.Decide = _ => Fate.Succeeds;
        await CreateAsync(""" "schedule":"*/5 * * * *","successfulJobsHistoryLimit":2 """);
        for (var run = 1; run <= 3; run++)
        {
            await TickAsync(TimeSpan.FromMinutes(5));
            var due = new DateTimeOffset(2026, 1, 5, 10, 5 * run, 0, TimeSpan.Zero);
            await _cluster.EventuallyAsync(() => Cron().Time("status", "lastScheduleTime") == due && Cron().Time("status", "lastSuccessfulTime") >= due, $"run {run}");
        }

        await _cluster.EventuallyAsync(() => _cluster.List(Jobs).Count == 2 && !Cron().Items("status", "active").Any(), "the first is forgotten");
        Assert.Equal($"tick-{new DateTimeOffset(2026, 1, 5, 10, 15, 0, TimeSpan.Zero).ToUnixTimeSeconds() / 60}", _cluster.List(Jobs)[^1].Name());
        Assert.Equal("2026-01-05T10:15:00Z", _cluster.List(Jobs)[^1].Annotation("batch.kubernetes.io/cronjob-scheduled-timestamp")?.Replace("+00:00", "Z"));
        await _cluster.EventuallyAsync(() => _cluster.Events("SawCompletedJob").Count == 3, "their events");
    }

    [Theory]
    [InlineData("Allow", 2)]
    [InlineData("Forbid", 1)]
    [InlineData("Replace", 1)]
    public async Task The_concurrency_policy_decides_about_a_run_that_takes_too_long(string policy, int running)
    {
        await CreateAsync($$""" "schedule":"* * * * *","concurrencyPolicy":"{{policy}}" """);
        await TickAsync(TimeSpan.FromMinutes(1));
        await _cluster.EventuallyAsync(() => _cluster.List(Jobs).Count == 1, "the first run");
        var first = _cluster.List(Jobs)[0].Name();

        await TickAsync(TimeSpan.FromMinutes(1));

        await _cluster.EventuallyAsync(() => policy == "Forbid" ? _cluster.Events("JobAlreadyActive").Count > 0 : _cluster.List(Jobs).Any(j => j.Name() != first), "the second time has come");
        await _cluster.EventuallyAsync(() => _cluster.List(Jobs).Count == running && Cron().Items("status", "active").Count() == running, "as many as allowed");
        Assert.Equal(policy != "Replace", _cluster.Find(Jobs, first) is not null);
    }

    [Fact]
    public async Task A_start_that_is_too_late_is_missed()
    {
        await CreateAsync(""" "schedule":"0 11 * * *","startingDeadlineSeconds":600,"suspend":true """);
        await TickAsync(TimeSpan.FromMinutes(75));
        await _cluster.PatchSpecAsync(Crons, "tick", """{"suspend":false}""");
        await _cluster.EventuallyAsync(() => Cron().Flag("spec", "suspend") == false, "resumed");

        await _cluster.PatchSpecAsync(Crons, "tick", """{"schedule":"10 11 * * *"}""");

        var due = new DateTimeOffset(2026, 1, 5, 11, 10, 0, TimeSpan.Zero);
        await _cluster.EventuallyAsync(() => Cron().Time("status", "lastScheduleTime") == due, "the one within the deadline");
        Assert.Single(_cluster.List(Jobs));
    }

    [Fact]
    public async Task A_time_zone_moves_the_schedule_and_an_unknown_one_is_refused()
    {
        await CreateAsync(""" "schedule":"0 6 * * *","timeZone":"America/New_York" """);
        await TickAsync(TimeSpan.FromMinutes(61));
        await _cluster.EventuallyAsync(() => Cron().Time("status", "lastScheduleTime") == new DateTimeOffset(2026, 1, 5, 11, 0, 0, TimeSpan.Zero), "six in New York");

        var refused = await Assert.ThrowsAsync<Dex.LocalCluster.Api.ApiException>(() => _cluster.PatchSpecAsync(Crons, "tick", """{"timeZone":"Mars/Olympus"}"""));
        Assert.Contains("unknown time zone Mars/Olympus", refused.Status.Message);
    }

    /// <summary>Lets the controller see what there is before the clock moves.</summary>
    async Task TickAsync(TimeSpan by)
    {
        await _cluster.EventuallyAsync(() => _cluster.Clock.Timers > 0 || Cron().Flag("spec", "suspend") == true, "a timer");
        _cluster.Clock.Advance(by);
    }

    System.Text.Json.Nodes.JsonObject Cron() => _cluster.Get(Crons, "tick");

    Task CreateAsync(string spec) => _cluster.CreateAsync(Crons, $$"""
        {"metadata":{"name":"tick"},"spec":{ {{spec}},"jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"main","image":"v1"}]} } } } } }
        """);
}
