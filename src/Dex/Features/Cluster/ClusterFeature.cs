using Dex.App;
using Dex.Processes;
using Dex.Terminal;

namespace Dex.Features.Cluster;

/// <summary>The embedded cluster's life: start, stop, status, reset, kubeconfig.</summary>
public sealed class ClusterFeature : IFeature
{
    /// <inheritdoc/>
    public void Register(FeatureBuilder app) => app
        .Add(s => new ClusterFolder(s.Get<Host>()))
        .Add(s => new LocalDaemon(s.Get<Host>(), s.Get<ClusterFolder>(), s.Get<ITerminal>(), s.Get<RunLog>()))
        .Add<ILocalCluster>(s => s.Get<LocalDaemon>())
        .Add(s => new Kubeconfigs(s.Get<Host>(), s.Get<ProcessRunner>(), s.Get<ITerminal>()))
        .Add(s => new ClusterConnector(s.Get<Host>(), s.Get<ILocalCluster>(), s.Get<Kubeconfigs>(), s.Get<ObserveWrites>()))
        .Add<ObserveWrites>(_ => _ => null)
        .Add(s => new ForegroundCluster(s.Get<Host>(), s.Get<ClusterFolder>()))
        .Command("cluster start", "Start the embedded cluster", s =>
            new StartClusterCommand(s.Get<LocalDaemon>(), s.Get<ForegroundCluster>(), s.Get<ClusterFolder>(), s.Get<ITerminal>()))
        .Command("cluster stop", "Stop the embedded cluster and its pods", s => new StopClusterCommand(s.Get<LocalDaemon>()))
        .Command("cluster status", "Say whether it runs and where", s => new StatusClusterCommand(s.Get<LocalDaemon>(), s.Get<Kubeconfigs>(), s.Get<Host>()))
        .Command("cluster reset", "Remove the embedded cluster and all it holds", s => new ResetClusterCommand(s.Get<LocalDaemon>(), s.Get<ITerminal>()))
        .Command("cluster kubeconfig", "Print the path of its kubeconfig", s => new KubeconfigCommand(s.Get<LocalDaemon>()));
}
