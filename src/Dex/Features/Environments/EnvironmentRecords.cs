using System.Security.Cryptography;
using Dex.Apply;
using Dex.Apply.Records;
using Dex.Features.Cluster;

namespace Dex.Features.Environments;

/// <summary>The environments' records in a cluster.</summary>
public sealed class EnvironmentRecords
{
    /// <summary>The release behind an environment; everything that outlives a <c>down</c> is named <c>dex-env-…</c>.</summary>
    public static Release Release(ClusterTarget target, EnvironmentKey key) => new(target.HomeNamespace, $"dex-env-{key.Id}")
    {
        Selector = Labels.Selector(key),
        Labels = new Dictionary<string, string>
        {
            ["app.kubernetes.io/managed-by"] = "dex",
            [Labels.App] = key.App,
            [Labels.Name] = key.Name,
            [Labels.Id] = key.Id,
        },
    };

    /// <summary>The environment; null when it does not exist.</summary>
    /// <exception cref="Dex.App.UserError">Another key has the same id.</exception>
    public async Task<EnvironmentSpec?> FindAsync(ClusterTarget target, EnvironmentKey key, CancellationToken cancellationToken)
    {
        var record = await new RecordStore(target.Client).LoadAsync(Release(target, key), cancellationToken);
        var spec = record is null ? null : EnvironmentSpec.From(record.Spec);
        return spec is null || spec.Key == key ? spec : throw EnvironmentErrors.SameId(key, spec.Key);
    }

    /// <summary>All environments of a cluster.</summary>
    public async Task<IReadOnlyList<(EnvironmentSpec Spec, ReleaseRecord Record)>> ListAsync(ClusterTarget target, CancellationToken cancellationToken)
    {
        var found = await new RecordStore(target.Client).ListAsync(target.HomeNamespace, "app.kubernetes.io/managed-by=dex", cancellationToken);
        return [.. found.Select(pair => (Spec: EnvironmentSpec.From(pair.Record.Spec), pair.Record)).Where(pair => pair.Spec is not null).Select(pair => (pair.Spec!, pair.Record))];
    }

    /// <summary>Four characters that make a namespace unique.</summary>
    public static string NewIncarnation() => EnvironmentKey.Encode(RandomNumberGenerator.GetBytes(8), 4);
}
