using Dex.Features.Cluster;

namespace Dex.Features.Environments.Lifetime.Reaping;

/// <summary>Runs the reaper on a cluster.</summary>
sealed class GcOperation(ClusterDirectory directory, ClusterConnector clusters, Reaper reaper)
{
    /// <param name="cluster">The cluster; null for that of the nearest dex.yaml, else the embedded one.</param>
    /// <param name="inCluster">The cluster that this runs in, as its service account.</param>
    /// <param name="within">After which time to stop, wherever it is; the next run goes on. Null: never.</param>
    public async Task<GcReport> RunAsync(string? cluster, bool inCluster, TimeSpan? within, ReapRequest request, CancellationToken cancellationToken)
    {
        using var target = inCluster ? clusters.ConnectInCluster()
            : await directory.ConnectAsync(cluster ?? (await directory.NearestAsync(cancellationToken))?.Cluster ?? ClusterConnector.Local, cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (within is { } time) limit.CancelAfter(time);
        return await reaper.RunAsync(target, request, limit.Token);
    }
}
