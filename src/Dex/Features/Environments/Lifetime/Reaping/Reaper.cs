using Dex.App;
using Dex.Apply;
using Dex.Apply.Records;
using Dex.Features.Cluster;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Features.Environments.Lifetime.Reaping;

/// <summary>How much a run of the reaper may do.</summary>
sealed record ReapRequest
{
    /// <summary>Say what is due and remove nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>Go on although suspiciously many are due.</summary>
    public bool Yes { get; init; }

    /// <summary>Remove orphans, too.</summary>
    public bool Orphans { get; init; }

    /// <summary>How many environments to remove at most; then orphans are not looked for.</summary>
    public int? Limit { get; init; }

    /// <summary>How long one environment may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>
/// The one reconcile behind the sweep of <c>up</c> and <c>ls</c>, <c>dex env gc</c> and the CronJob: removes what is due by its record and UIDs,
/// finishes removals that were interrupted, forgets old tombstones. Running it twice, or at the same time as another, does no harm.
/// </summary>
sealed class Reaper(EnvironmentRecords records, Removal removal, Orphans orphans, Adopter adopter, Host host)
{
    const int AlwaysAllowed = 5;
    const double AllowedShare = 0.3;
    static readonly TimeSpan TombstoneLife = TimeSpan.FromDays(30);

    /// <summary>How long the lock of a run counts as a sign of life; after that it is waited out as any lock is.</summary>
    static readonly TimeSpan Undisturbed = TimeSpan.FromMinutes(10);
    static readonly ResourceId Leases = KnownResources.Get("coordination.k8s.io/v1", "Lease");

    public async Task<GcReport> RunAsync(ClusterTarget target, ReapRequest request, CancellationToken cancellationToken)
    {
        var clock = new StepClock(host.Time);
        var (environments, unreadable) = await records.ScanAsync(target, cancellationToken);
        var now = await ServerClock.NowAsync(target.Client, cancellationToken);
        var due = await DueAsync(target, environments, now, cancellationToken);
        var (groups, unverified) = request.Limit is null ? await orphans.FindAsync(target, cancellationToken) : ([], []);
        if (!request.DryRun) Break(request, due, groups, environments.Count(environment => environment.Status.State != LifeState.Deleted));
        var reaped = new List<ReapedEnvironment>();
        foreach (var environment in due)
        {
            var isTurn = !request.DryRun && reaped.Count < (request.Limit ?? int.MaxValue);
            reaped.Add(isTurn ? await ReapAsync(target, environment, request, now, cancellationToken) : new ReapedEnvironment(environment.Spec.Key.ToString(), Why(environment), "due"));
        }

        var found = new List<ReapedOrphan>();
        foreach (var group in groups) found.Add(await ReapAsync(target, group, request, cancellationToken));
        var forgotten = request.DryRun ? 0 : await ForgetAsync(target, environments, now, cancellationToken);
        return new GcReport(target.Name, reaped, found, forgotten, [.. unverified, .. unreadable.Select(stored => stored.Problem!.Title)], clock.Total);
    }

    /// <summary>What is due and in nobody's hands.</summary>
    static async Task<IReadOnlyList<StoredEnvironment>> DueAsync(ClusterTarget target, IReadOnlyList<StoredEnvironment> environments, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var due = new List<StoredEnvironment>();
        foreach (var environment in environments.Where(environment => environment.Status.IsDue(now)).OrderBy(environment => environment.Status.ExpiresAt))
        {
            var since = environment.Status.State == LifeState.Removing ? environment.Status.RemovingSince : environment.Status.ExpiresAt;
            var isRecent = since + Undisturbed > now;
            if (isRecent && await target.Client.GetAsync(Leases, environment.Release.Namespace, environment.Release.Name, cancellationToken) is not null) continue;
            due.Add(environment);
        }

        return due;
    }

    static void Break(ReapRequest request, IReadOnlyList<StoredEnvironment> due, IReadOnlyList<OrphanGroup> groups, int all)
    {
        var count = due.Count + (request.Orphans ? groups.Count : 0);
        if (request.Yes || count <= Math.Max(AlwaysAllowed, all * AllowedShare)) return;
        throw ReapingErrors.TooMany(count, all, [.. due.Select(environment => $"{environment.Spec.Key}: {Why(environment)}").Concat(groups.Select(group => $"{group.Key}: without a record")).Take(20)]);
    }

    async Task<ReapedEnvironment> ReapAsync(ClusterTarget target, StoredEnvironment environment, ReapRequest request, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var reaped = new ReapedEnvironment(environment.Spec.Key.ToString(), Why(environment), "failed");
        try
        {
            // Whoever has renewed it since the list was read keeps it.
            var result = await removal.RunAsync(target, environment.Spec.Key, new RemovalRequest { Timeout = request.Timeout, Applies = (present, _) => present.Status.IsDue(now) }, cancellationToken);
            return result.Declined
                ? reaped with { Outcome = "kept" }
                : reaped with { Outcome = Removal.Verdict(result), Remaining = [.. result.Remaining.Select(left => $"{left.Object}: {left.Reason}"), .. result.Unverified] };
        }
        catch (SupersededException)
        {
            return reaped with { Outcome = "kept" };
        }
        catch (DiagnosticException failure)
        {
            // One environment that cannot be removed must not keep the others.
            return reaped with { Remaining = [failure.Diagnostics[0].Title] };
        }
    }

    async Task<ReapedOrphan> ReapAsync(ClusterTarget target, OrphanGroup group, ReapRequest request, CancellationToken cancellationToken)
    {
        var reaped = new ReapedOrphan(group.Key, group.Id, group.Words, "orphan");
        if (!request.Orphans || request.DryRun) return reaped;
        try
        {
            var key = await adopter.AdoptAsync(target, group, cancellationToken);
            var result = await removal.RunAsync(target, key, new RemovalRequest { Timeout = request.Timeout }, cancellationToken);
            return reaped with { Outcome = Removal.Verdict(result), Remaining = [.. result.Remaining.Select(left => $"{left.Object}: {left.Reason}"), .. result.Unverified] };
        }
        catch (DiagnosticException failure)
        {
            return reaped with { Outcome = "failed", Remaining = [failure.Diagnostics[0].Title] };
        }
    }

    static async Task<int> ForgetAsync(ClusterTarget target, IReadOnlyList<StoredEnvironment> environments, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var store = new RecordStore(target.Client);
        var forgotten = 0;
        foreach (var environment in environments.Where(environment => environment.Status is { State: LifeState.Deleted } status && status.DeletedAt + TombstoneLife < now))
        {
            if (await store.DeleteAsync(environment.Release, environment.Record, cancellationToken)) forgotten++;
        }

        return forgotten;
    }

    static string Why(StoredEnvironment environment) => environment.Status switch
    {
        { State: LifeState.Removing, RemovingSince: { } since } => $"its removal began {LifetimeErrors.Moment(since)} and has not ended",
        { ExpiresAt: { } end } => $"expired {LifetimeErrors.Moment(end)}",
        _ => "its removal has not ended",
    };
}
