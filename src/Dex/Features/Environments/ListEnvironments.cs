using Dex.Features.Cluster;

namespace Dex.Features.Environments;

/// <summary>Lists the environments of the embedded cluster.</summary>
public sealed class ListEnvironments(ClusterConnector clusters, EnvironmentRecords records)
{
    /// <summary>The environments by key.</summary>
    public async Task<IReadOnlyList<EnvironmentSummary>> RunAsync(CancellationToken cancellationToken)
    {
        using var target = await clusters.ConnectLocalAsync(cancellationToken);
        var found = await records.ListAsync(target, cancellationToken);
        return [.. found.Select(pair => new EnvironmentSummary(
            pair.Spec.Key.ToString(),
            pair.Spec.Cluster,
            pair.Spec.Namespace,
            pair.Spec.Configuration,
            pair.Spec.Url,
            pair.Spec.Owner,
            pair.Record.Created)).OrderBy(environment => environment.Environment, StringComparer.Ordinal)];
    }
}
