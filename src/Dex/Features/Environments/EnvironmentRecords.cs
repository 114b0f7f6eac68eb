using System.Security.Cryptography;
using Dex.Apply;
using Dex.Apply.Records;
using Dex.Features.Cluster;
using Dex.Features.Environments.Lifetime;

namespace Dex.Features.Environments;

/// <summary>The environments' records in a cluster.</summary>
public sealed class EnvironmentRecords
{
    /// <summary>The release behind an environment; everything that outlives a <c>down</c> is named <c>dex-env-…</c>.</summary>
    public static Release Release(ClusterTarget target, EnvironmentKey key) => new(target.HomeNamespace, $"dex-env-{key.Id}")
    {
        TargetNamespace = target.IsConfined ? target.HomeNamespace : null,
        IsConfined = target.IsConfined,
        Selector = Labels.Selector(key),
        Labels = new Dictionary<string, string>
        {
            ["app.kubernetes.io/managed-by"] = "dex",
            [Labels.App] = key.App,
            [Labels.Name] = key.Name,
            [Labels.Id] = key.Id,
        },
    };

    /// <summary>The environment; null when there is none that is meant to be there.</summary>
    /// <exception cref="Dex.App.UserError">Another key has the same id.</exception>
    public async Task<EnvironmentSpec?> FindAsync(ClusterTarget target, EnvironmentKey key, CancellationToken cancellationToken) =>
        await LoadAsync(target, key, cancellationToken) is { Status.State: LifeState.Live } found ? found.Spec : null;

    /// <summary>Whatever is known of an environment, also when it is being removed or gone; null when nothing is.</summary>
    /// <exception cref="Dex.App.UserError">Another key has the same id.</exception>
    public async Task<StoredEnvironment?> LoadAsync(ClusterTarget target, EnvironmentKey key, CancellationToken cancellationToken)
    {
        var release = Release(target, key);
        var record = await new RecordStore(target.Client).LoadAsync(release, cancellationToken);
        var found = record is null ? null : StoredEnvironment.Of(release, record);
        return found is null || found.Spec.Key == key ? found : throw EnvironmentErrors.SameId(key, found.Spec.Key);
    }

    /// <summary>All environments of a cluster, those that are gone but remembered included.</summary>
    public async Task<IReadOnlyList<StoredEnvironment>> ListAsync(ClusterTarget target, CancellationToken cancellationToken) =>
        (await ScanAsync(target, cancellationToken)).Environments;

    /// <summary>The same, with why records could not be read.</summary>
    public async Task<(IReadOnlyList<StoredEnvironment> Environments, IReadOnlyList<StoredRelease> Unreadable)> ScanAsync(ClusterTarget target, CancellationToken cancellationToken)
    {
        var found = await new RecordStore(target.Client).ListAsync(target.HomeNamespace, $"app.kubernetes.io/managed-by=dex,{Labels.Id}", cancellationToken);
        return ([.. found.Where(stored => stored.Record is not null).Select(stored => StoredEnvironment.Of(stored.Release, stored.Record!)).OfType<StoredEnvironment>()],
            [.. found.Where(stored => stored.Record is null)]);
    }

    /// <summary>Four characters that make a namespace unique.</summary>
    public static string NewIncarnation() => EnvironmentKey.Encode(RandomNumberGenerator.GetBytes(8), 4);
}
