namespace Dex.Features.Manifests;

/// <summary>A process that ends: on a schedule, or before or after each deploy.</summary>
public record Job : Workload
{
    /// <summary>When it runs, a cron expression in UTC or in <c>timezone</c>. Give either this or <c>run</c>.</summary>
    public string? Schedule { get; init; }

    /// <summary>The time zone of the schedule, for example <c>Europe/Berlin</c>.</summary>
    public string? Timezone { get; init; }

    /// <summary>Runs with every deploy that changes it. A job before the deploy, such as a migration, gates the rollout.</summary>
    public JobRun? Run { get; init; }

    /// <summary>After this time the job has failed, for example <c>15m</c>.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How often it is tried again after a failure.</summary>
    public int Retries { get; init; } = 2;
}

/// <summary>When a job runs that has no schedule.</summary>
public enum JobRun
{
    /// <summary>Before the services are changed; they wait for its success.</summary>
    BeforeDeploy,

    /// <summary>After the services are ready.</summary>
    AfterDeploy,
}
