using Dex.App;

namespace Dex.Features.Cluster;

/// <summary>The embedded cluster's life: start, stop, status, reset, kubeconfig.</summary>
public sealed class ClusterFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app)
    {
    }
}
