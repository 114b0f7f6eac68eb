using Dex.App;
using Dex.LocalCluster;
using Dex.Processes;

namespace Dex.Features.Cluster;

/// <summary>Runs the embedded cluster inside this process until it is told to stop.</summary>
public sealed class ForegroundCluster(Host host, ClusterFolder folder)
{
    /// <summary>Starts it, writes down where it is, calls <paramref name="ready"/> and waits for cancellation; then stops it.</summary>
    public async Task RunAsync(LocalClusterOptions options, Action<ClusterInfo> ready, CancellationToken cancellationToken)
    {
        folder.Create();
        await using var cluster = await Dex.LocalCluster.LocalCluster.StartAsync(options, cancellationToken);
        cluster.WriteKubeConfig(folder.Kubeconfig);
        var pid = System.Environment.ProcessId;
        var info = new ClusterInfo(pid, Address(cluster.Server), Address(cluster.Ingress!), folder.Kubeconfig, ProductVersion.Text)
        {
            Build = ProductVersion.Build,
            StartTicks = DetachedProcess.StartTicks(pid) ?? host.Time.GetUtcNow().Ticks,
        };
        folder.WriteInfo(info);
        ready(info);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, host.Time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            folder.RemoveInfo();
        }
    }

    static string Address(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
