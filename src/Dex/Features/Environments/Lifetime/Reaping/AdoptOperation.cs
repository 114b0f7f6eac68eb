using Dex.Features.Cluster;

namespace Dex.Features.Environments.Lifetime.Reaping;

/// <summary>Makes lost records anew.</summary>
sealed class AdoptOperation(ClusterDirectory directory, Orphans orphans, Adopter adopter)
{
    /// <param name="names">Which, as <c>APP/NAME</c>; empty for all.</param>
    /// <param name="cluster">The cluster; null for that of the nearest dex.yaml, else the embedded one.</param>
    /// <param name="dryRun">Say what would be adopted.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<IReadOnlyList<AdoptedEnvironment>> RunAsync(IReadOnlyList<string> names, string? cluster, bool dryRun, CancellationToken cancellationToken)
    {
        using var target = await directory.ConnectAsync(cluster ?? (await directory.NearestAsync(cancellationToken))?.Cluster ?? ClusterConnector.Local, cancellationToken);
        var (groups, _) = await orphans.FindAsync(target, cancellationToken);
        var missing = names.FirstOrDefault(name => groups.All(group => group.Key != name));
        if (missing is not null) throw ReapingErrors.NothingToAdopt($"`{missing}`");
        var adopted = new List<AdoptedEnvironment>();
        foreach (var group in groups.Where(group => names.Count == 0 || names.Contains(group.Key)))
        {
            if (!dryRun) await adopter.AdoptAsync(target, group, cancellationToken);
            adopted.Add(new AdoptedEnvironment(group.Key, target.Name, group.Words, !dryRun));
        }

        return adopted;
    }
}
