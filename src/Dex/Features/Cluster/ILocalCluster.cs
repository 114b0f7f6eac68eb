namespace Dex.Features.Cluster;

/// <summary>The cluster on this machine: the daemon of this <c>DEX_HOME</c>, or one inside the process of a test.</summary>
public interface ILocalCluster
{
    /// <summary>The cluster, when it runs.</summary>
    ClusterInfo? Running();

    /// <summary>The cluster, started when it does not run.</summary>
    Task<ClusterInfo> EnsureAsync(CancellationToken cancellationToken);
}
