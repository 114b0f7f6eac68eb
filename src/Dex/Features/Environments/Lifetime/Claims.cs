using Dex.App;
using Dex.Apply.Records;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Features.Environments.Lifetime.Policy;
using Dex.Kubernetes.Client;

namespace Dex.Features.Environments.Lifetime;

/// <summary>
/// The first write of <c>dex up</c>: says in the record that this run has begun, which incarnation it makes and when that ends. From then
/// on older runs yield, a removal finds the environment, and another run takes up the same incarnation.
/// </summary>
sealed class Claims(EnvironmentRecords records, Host host)
{
    static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    /// <summary>Claims the environment of a name.</summary>
    /// <exception cref="UserError">The policy does not allow it, or it exists and must not.</exception>
    public async Task<Claim> TakeAsync(ClusterTarget target, LoadedApp app, string name, ClaimRequest request, CancellationToken cancellationToken)
    {
        var key = new EnvironmentKey(target.Name, app.Config.Name, name);
        var policy = await EnvironmentPolicy.ReadAsync(target, cancellationToken);
        var found = await records.LoadAsync(target, key, cancellationToken);
        var fresh = Fresh(app, key, target);
        var now = await ServerClock.NowAsync(target.Client, cancellationToken);
        var ledger = new QuotaLedger(target, records);
        var ttl = TimeToLive.Of(request.Ttl, app.Config.Ephemeral?.Ttl?.Value, target.IsLocal, host);
        long? reserved = null;
        if (found?.Status.State is not LifeState.Live && policy.Counts) reserved = await ReserveAsync();
        while (true)
        {
            var (isNew, late) = (false, false);
            var release = EnvironmentRecords.Release(target, key);
            var record = await new RecordStore(target.Client).UpdateAsync(release, before =>
            {
                var present = StoredEnvironment.Of(release, before);
                if (present is not null && present.Spec.Key != key) throw EnvironmentErrors.SameId(key, present.Spec.Key);
                isNew = present?.Status.State is not LifeState.Live;
                if (!isNew && request.IfExists == IfExists.Fail) throw LifetimeErrors.Exists(key);
                late = isNew && policy.Counts && !(reserved is { } since && target.Client.Time.GetElapsedTime(since) < QuotaLedger.Validity);
                if (late) return null;
                var status = Status(isNew ? null : present!.Status, fresh, ttl, now, key, policy, request);
                var claimed = before with { Generation = before.Generation + 1, Status = status.ToJson() };
                return isNew ? claimed with { Spec = fresh.ToJson(), Inventory = Leaving(before.Inventory) } : claimed;
            }, cancellationToken);
            if (!late) return new Claim(release, isNew ? fresh : EnvironmentSpec.From(record.Spec)!, EnvironmentStatus.Of(record, EnvironmentSpec.From(record.Spec)!), record.Generation, isNew, policy);
            reserved = await ReserveAsync();
        }

        async Task<long> ReserveAsync()
        {
            var since = target.Client.Time.GetTimestamp();
            await ledger.ReserveAsync(policy, fresh, cancellationToken);
            return since;
        }
    }

    /// <summary>
    /// Takes a claim back whose run ended before it made anything: the failed build of a new environment leaves no trace. Never fails; what
    /// could not be taken back is there as an environment that <c>dex down</c> removes.
    /// </summary>
    public async Task AbandonAsync(ClusterTarget target, Claim claim)
    {
        if (!claim.IsNew) return;
        using var limit = new CancellationTokenSource(LastWords, host.Time);
        try
        {
            var store = new RecordStore(target.Client);
            var record = await store.LoadAsync(claim.Release, limit.Token);
            if (record is not { Inventory: [] } || record.Generation != claim.Generation) return;
            if (await store.DeleteAsync(claim.Release, record, limit.Token) && claim.Policy.Counts) await new QuotaLedger(target, records).ReleaseAsync(claim.Spec, limit.Token);
        }
        catch (Exception failure) when (failure is KubeApiException or KubeConnectionException or OperationCanceledException)
        {
            // Said above.
        }
    }

    EnvironmentSpec Fresh(LoadedApp app, EnvironmentKey key, ClusterTarget target) =>
        EnvironmentPlacement.Of(app.Config, key, EnvironmentRecords.NewIncarnation(), target).Spec with
        {
            Configuration = app.Environment,
            Owner = host.UserName,
            Team = app.Config.Team,
        };

    EnvironmentStatus Status(
        EnvironmentStatus? present, EnvironmentSpec fresh, TimeToLive ttl, DateTimeOffset now, EnvironmentKey key, EnvironmentPolicy policy, ClaimRequest request)
    {
        var status = present ?? new EnvironmentStatus { Incarnation = fresh.Incarnation, CreatedAt = now };
        var end = ttl.EndsAt(now, present);
        if (policy.LatestEnd(status.CreatedAt ?? now) is { } latest && !(end <= latest))
        {
            if (request.Ttl is not null) throw LifetimeErrors.TooLong(key, latest, policy.MaxAge!.Value);
            end = latest;
        }

        return status with { State = LifeState.Live, ExpiresAt = end, Run = RunName.Of(host) };
    }

    /// <summary>What an earlier incarnation left in the record goes with the next deploy, its namespace included.</summary>
    static IReadOnlyList<InventoryEntry> Leaving(IReadOnlyList<InventoryEntry> inventory) =>
        [.. inventory.Select(entry => entry.Ref.Gvk is { Group: "", Kind: "Namespace" } ? entry with { Phase = InventoryPhase.Deleted } : entry)];
}
