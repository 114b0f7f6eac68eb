using Dex.App;
using Dex.Apply;
using Dex.Apply.Records;
using Dex.Apply.Removal;
using Dex.Features.Cluster;
using Dex.Kubernetes.Model;
using Dex.Terminal;

namespace Dex.Features.Environments.Lifetime;

/// <summary>How an environment is removed.</summary>
public sealed record RemovalRequest
{
    /// <summary>How long to wait until everything is gone.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Why finalizers may be taken off when the time is up; null: they may not.</summary>
    public string? ForceReason { get; init; }

    /// <summary>Asked in the write that announces the removal; false leaves the environment alone. Null: always.</summary>
    public Func<StoredEnvironment, DateTimeOffset, bool>? Applies { get; init; }
}

/// <summary>Takes one environment away by its record alone, and leaves a tombstone that tells when and by whom.</summary>
public sealed class Removal(Host host, ITerminal terminal)
{
    const string Title = "remove";
    static readonly GroupVersionKind Secrets = new("", "v1", "Secret");

    /// <summary>Removes, waits and verifies. Running it again goes on where it stopped.</summary>
    /// <exception cref="SupersededException">A later run has begun on the environment.</exception>
    public async Task<RemoveResult> RunAsync(ClusterTarget target, EnvironmentKey key, RemovalRequest request, CancellationToken cancellationToken)
    {
        terminal.Report(new Step(Title, StepState.Running, key.ToString()));
        var now = await ServerClock.NowAsync(target.Client, cancellationToken);
        var release = EnvironmentRecords.Release(target, key);
        var result = await new ApplyEngine(target.Client, host.Time).RemoveAsync(release, Options(target, release, request, now), new RemoveProgress(terminal, Title), cancellationToken);
        if (!result.Declined) terminal.Report(new Step(Title, result.Verdict == RemoveVerdict.Clean ? StepState.Done : StepState.Failed, Verdict(result)));
        return result;
    }

    /// <summary>The verdict as output says it.</summary>
    internal static string Verdict(RemoveResult result) => result.Verdict.ToString().ToLowerInvariant();

    RemoveOptions Options(ClusterTarget target, Release release, RemovalRequest request, DateTimeOffset now) => new()
    {
        Timeout = request.Timeout,
        Holder = RunIdentity.Of(host),
        IsDead = RunIdentity.IsDead,
        ForceFinalizers = request.ForceReason is not null,
        Made = record => [.. EnvironmentSpec.From(record.Spec) is { MadeSecrets: { } secrets } spec ? secrets.Select(name => new ObjectRef(Secrets, spec.Namespace, name)) : []],
        Announce = record => Announced(release, record, request, now),
        Conclude = (record, result) => Concluded(release, record, result, request, target.Client.ServerNow ?? now),
    };

    ReleaseRecord? Announced(Release release, ReleaseRecord record, RemovalRequest request, DateTimeOffset now)
    {
        if (StoredEnvironment.Of(release, record) is not { } present) return record;
        if (request.Applies?.Invoke(present, now) == false) return null;
        return record with { Status = (present.Status with { State = LifeState.Removing, RemovingSince = now, Run = RunName.Of(host) }).ToJson() };
    }

    ReleaseRecord? Concluded(Release release, ReleaseRecord record, RemoveResult result, RemovalRequest request, DateTimeOffset now)
    {
        // What is no environment is not remembered.
        if (StoredEnvironment.Of(release, record) is not { } present) return result.Verdict == RemoveVerdict.Clean ? null : record;
        var isClean = result.Verdict == RemoveVerdict.Clean;
        var forced = result.Forced.Select(left => new ForcedFinalizers(left.Object.ToString(), left.Finalizers, request.ForceReason!, RunName.Of(host), now));
        var status = present.Status with
        {
            State = isClean ? LifeState.Deleted : LifeState.Removing,
            DeletedAt = isClean ? now : null,
            Verdict = Verdict(result),
            Remaining = isClean ? null : [.. result.Remaining.Select(left => $"{left.Object}: {left.Reason}"), .. result.Unverified],
            Forced = result.Forced.Count == 0 ? present.Status.Forced : [.. present.Status.Forced ?? [], .. forced],
        };
        return record with { Status = status.ToJson() };
    }
}
