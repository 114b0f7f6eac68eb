using Dex.App;
using Dex.Apply;
using Dex.Features.Cluster;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Lifetime.Reaping;

/// <summary>Makes a lost record anew from the labels of an environment's objects.</summary>
sealed class Adopter(Host host)
{
    /// <summary>Writes the record. One that somebody else has made meanwhile stays.</summary>
    /// <exception cref="UserError">The labels do not tell which environment it was.</exception>
    public async Task<EnvironmentKey> AdoptAsync(ClusterTarget target, OrphanGroup orphans, CancellationToken cancellationToken)
    {
        var key = Key(target, orphans);
        var now = await ServerClock.NowAsync(target.Client, cancellationToken);
        var release = EnvironmentRecords.Release(target, key);
        var spec = Spec(key, orphans);
        var status = new EnvironmentStatus
        {
            Incarnation = spec.Incarnation,
            CreatedAt = orphans.Objects.Min(found => found.Object.CreationTimestamp()) ?? now,
            ExpiresAt = TimeToLive.Of(null, null, target.IsLocal, host).EndsAt(now, null),
            Run = RunName.Of(host),
        };
        var engine = new ApplyEngine(target.Client, host.Time);
        await engine.AdoptAsync(release, cancellationToken);
        await engine.Records.UpdateAsync(release, before => StoredEnvironment.Of(release, before) is { Status.State: not LifeState.Deleted } ? null : before with { Spec = spec.ToJson(), Status = status.ToJson() }, cancellationToken);
        return key;
    }

    /// <summary>The key is not in the labels as a whole: the id tells whether the cluster had the name by which it was reached.</summary>
    static EnvironmentKey Key(ClusterTarget target, OrphanGroup orphans)
    {
        var key = new EnvironmentKey(target.Name, orphans.App, orphans.Name);
        return key.Id == orphans.Id ? key : throw ReapingErrors.OtherCluster(orphans, target.Name);
    }

    static EnvironmentSpec Spec(EnvironmentKey key, OrphanGroup orphans)
    {
        var newest = orphans.Objects.MaxBy(found => found.Object.CreationTimestamp())!;
        var incarnation = newest.Object.Label(Labels.Incarnation) ?? "?";
        var ns = orphans.Objects.FirstOrDefault(found => found.Ref.Gvk.GroupKind == "Namespace" && found.Object.Label(Labels.Incarnation) == incarnation)?.Ref.Name ?? newest.Ref.Namespace;
        return new EnvironmentSpec
        {
            App = key.App,
            Name = key.Name,
            Cluster = key.Cluster,
            Namespace = ns,
            Incarnation = incarnation,
            Team = newest.Object.Label("dex.dev/team"),
        };
    }
}
