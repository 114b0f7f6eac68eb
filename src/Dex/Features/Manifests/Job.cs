using Dex.Config;

namespace Dex.Features.Manifests;

/// <summary>A process that ends: on a schedule, or before or after each deploy.</summary>
public record Job : Workload
{
    /// <summary>When it runs, a cron expression in UTC or in <c>timezone</c>. Give either this or <c>run</c>.</summary>
    [Pattern(@"@(yearly|annually|monthly|weekly|daily|midnight|hourly)|\S+( \S+){4}", Means = "a cron expression of five fields, or `@daily` and the like")]
    [Example("0 3 * * *")]
    public string? Schedule { get; init; }

    /// <summary>The time zone of the schedule, for example <c>Europe/Berlin</c>.</summary>
    public string? Timezone { get; init; }

    /// <summary>Runs with every deploy that changes it. A job before the deploy, such as a migration, gates the rollout.</summary>
    public JobRun? Run { get; init; }

    /// <summary>After this time the job has failed, for example <c>15m</c>.</summary>
    public Duration Timeout { get; init; } = new("15m");

    /// <summary>How often it is tried again after a failure.</summary>
    [Between(0, 100)]
    public int Retries { get; init; } = 2;

    [Rule("DEX2105")]
    internal static void OneTime(Job job, Check check) => check.That(
        job.Schedule is null != job.Run is null, job, x => x,
        job.Run is null ? "the job has neither `schedule` nor `run`, so it would never start" : "the job has both `schedule` and `run`",
        help: "give either a cron expression or `run: before-deploy`");
}

/// <summary>When a job runs that has no schedule.</summary>
public enum JobRun
{
    /// <summary>Before the services are changed; they wait for its success.</summary>
    BeforeDeploy,

    /// <summary>After the services are ready.</summary>
    AfterDeploy,
}
