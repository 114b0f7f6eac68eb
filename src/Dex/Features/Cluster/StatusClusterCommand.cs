using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Kubernetes.Client;
using Dex.Terminal;

namespace Dex.Features.Cluster;

sealed class StatusClusterCommand(LocalDaemon daemon, Kubeconfigs kubeconfigs, Host host) : DexCommand<ClusterStatus>
{
    public override string Example => "cluster status --json";

    protected override JsonTypeInfo<ClusterStatus> Json => ClusterJson.Default.ClusterStatus;

    protected override async Task<ClusterStatus> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var info = daemon.Running();
        if (info is null || !LocalDaemon.Answers(info)) return ClusterStatus.Of(info);
        using var client = new KubeClient(kubeconfigs.File(info.Kubeconfig), new KubeClientOptions { Time = host.Time });
        return ClusterStatus.Of(info) with { Runtime = await LocalRuntime.ReadAsync(client, cancellationToken) };
    }

    protected override void Render(ClusterStatus result, ITerminal terminal) => ClusterText.Write(result, terminal);
}
