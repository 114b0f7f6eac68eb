using Dex.Features.Cluster;
using Dex.Features.Environments.Lifetime;
using Dex.Features.Environments.Lifetime.Reaping;
using Dex.Yaml;

namespace Dex.Features.Environments;

/// <summary>Lists environments of every cluster that the user can mean.</summary>
sealed class ListEnvironments(ClusterDirectory directory, EnvironmentRecords records, Sweep sweep)
{
    sealed record Answer(IReadOnlyList<EnvironmentSummary> Environments, UnreachableCluster? Unreachable, IReadOnlyList<string> Unreadable);

    /// <summary>The environments by key. A cluster that does not answer does not hide the others.</summary>
    /// <param name="cluster">Only this one; then it has to answer.</param>
    /// <param name="all">Also those that are gone and remembered.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<EnvironmentList> RunAsync(string? cluster, bool all, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> names = cluster is null ? await directory.NamesAsync(cancellationToken) : [cluster];
        var answers = cluster is null
            ? await Task.WhenAll(names.Select(name => TryAsync(name, all, cancellationToken)))
            : [await ListAsync(cluster, all, cancellationToken)];
        return new EnvironmentList(
            [.. answers.SelectMany(answer => answer.Environments).OrderBy(environment => environment.Environment, StringComparer.Ordinal).ThenBy(environment => environment.Cluster, StringComparer.Ordinal)],
            [.. answers.Select(answer => answer.Unreachable).OfType<UnreachableCluster>()],
            [.. answers.SelectMany(answer => answer.Unreadable)]);
    }

    async Task<Answer> TryAsync(string cluster, bool all, CancellationToken cancellationToken)
    {
        try
        {
            return await ListAsync(cluster, all, cancellationToken);
        }
        catch (DiagnosticException failure)
        {
            return new Answer([], new UnreachableCluster(cluster, failure.Diagnostics[0].Title), []);
        }
    }

    async Task<Answer> ListAsync(string cluster, bool all, CancellationToken cancellationToken)
    {
        using var target = await directory.ConnectAsync(cluster, cancellationToken);
        var (found, unreadable) = await records.ScanAsync(target, cancellationToken);
        var now = await ServerClock.NowAsync(target.Client, cancellationToken);
        sweep.StartIfDue(target, found, now);
        return new Answer(
            [.. found.Where(environment => all || environment.Status.State != LifeState.Deleted).Select(environment => Summary(environment, target, now))],
            null,
            [.. unreadable.Select(stored => $"{stored.Problem!.Title} on `{cluster}`{(stored.Problem.Help is { } help ? $": {help}" : "")}")]);
    }

    static EnvironmentSummary Summary(StoredEnvironment environment, ClusterTarget target, DateTimeOffset now)
    {
        var (spec, status) = (environment.Spec, environment.Status);
        return new EnvironmentSummary(
            spec.Key.ToString(), target.Name, spec.Namespace, environment.State, spec.Configuration, spec.Url, spec.Owner, spec.Team, status.CreatedAt ?? environment.Record.Created, status.ExpiresAt)
        {
            PinnedUntil = status.PinnedUntil > now ? status.PinnedUntil : null,
            PinReason = status.PinnedUntil > now ? status.PinReason : null,
            Remaining = status.State == LifeState.Removing ? status.Remaining : null,
            Now = now,
        };
    }
}
