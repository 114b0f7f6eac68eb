using System.Globalization;
using Dex.Apply.Records;
using Dex.Config;
using Dex.Features.Environments.Lifetime.Policy;

namespace Dex.Features.Environments.Lifetime;

/// <summary>Changes when an environment ends.</summary>
sealed class Lifetimes(EnvironmentAddresses addresses, EnvironmentRecords records)
{
    /// <summary>Moves the end.</summary>
    /// <param name="name"><c>APP/NAME</c>, or the name alone in the app's folder.</param>
    /// <param name="cluster">The cluster, or null.</param>
    /// <param name="end"><c>+8h</c> from its present end, <c>8h</c> from now, or a date.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<LifeReport> ExtendAsync(string name, string? cluster, string end, CancellationToken cancellationToken) =>
        ChangeAsync(name, cluster, (present, now) =>
        {
            var from = present.Status.ExpiresAt > now ? present.Status.ExpiresAt.Value : now;
            if (end.StartsWith('+') && present.Status.ExpiresAt is null) throw LifetimeErrors.NoEnd(present.Spec.Key);
            return present.Status with { ExpiresAt = end.StartsWith('+') ? from + Length(end[1..], end) : Moment(end, now) };
        }, cancellationToken);

    /// <summary>Keeps the environment although it expires.</summary>
    public Task<LifeReport> PinAsync(string name, string? cluster, string until, string reason, CancellationToken cancellationToken) =>
        ChangeAsync(name, cluster, (present, now) => present.Status with { PinnedUntil = Moment(until, now), PinReason = reason }, cancellationToken);

    /// <summary>Lets it end when it expires.</summary>
    public Task<LifeReport> UnpinAsync(string name, string? cluster, CancellationToken cancellationToken) =>
        ChangeAsync(name, cluster, (present, _) => present.Status with { PinnedUntil = null, PinReason = null }, cancellationToken);

    async Task<LifeReport> ChangeAsync(string name, string? cluster, Func<StoredEnvironment, DateTimeOffset, EnvironmentStatus> change, CancellationToken cancellationToken)
    {
        using var environment = await addresses.FindAsync(name, cluster, cancellationToken);
        var target = environment.Target;
        var policy = await EnvironmentPolicy.ReadAsync(target, cancellationToken);
        var found = await records.LoadAsync(target, environment.Key, cancellationToken);
        var now = await ServerClock.NowAsync(target.Client, cancellationToken);
        var status = found?.Status;
        if (found is not null)
        {
            await new RecordStore(target.Client).UpdateAsync(found.Release with { Labels = found.Record.Labels }, before =>
            {
                var present = StoredEnvironment.Of(found.Release, before);
                status = present is { Status.State: LifeState.Live } ? change(present, now) : null;
                if (status is not null) Check(policy, environment.Key, status, now);
                return status is null ? null : before with { Status = status.ToJson() };
            }, cancellationToken);
        }

        if (status is null) throw EnvironmentErrors.NotFound(environment.Key, (await records.ListAsync(target, cancellationToken)).Where(other => other.Status.State != LifeState.Deleted).Select(other => other.Spec.Key));
        return new LifeReport(environment.Key.ToString(), target.Name, status.ExpiresAt, status.PinnedUntil, status.PinReason);
    }

    static void Check(EnvironmentPolicy policy, EnvironmentKey key, EnvironmentStatus status, DateTimeOffset now)
    {
        if (policy.LatestEnd(status.CreatedAt ?? now) is { } latest && (status.ExpiresAt > latest || status.PinnedUntil > latest)) throw LifetimeErrors.TooLong(key, latest, policy.MaxAge!.Value);
    }

    static DateTimeOffset Moment(string text, DateTimeOffset now)
    {
        if (Duration.TryParse(text, out var length)) return now + length.Value;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment)) throw LifetimeErrors.BadEnd(text);
        return moment > now ? moment : throw LifetimeErrors.InThePast(text);
    }

    static TimeSpan Length(string text, string whole) => Duration.TryParse(text, out var length) ? length.Value : throw LifetimeErrors.BadEnd(whole);
}
