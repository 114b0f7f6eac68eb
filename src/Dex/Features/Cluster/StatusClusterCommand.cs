using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Cluster;

internal sealed class StatusClusterCommand(LocalDaemon daemon) : DexCommand<ClusterStatus>
{
    public override string Example => "cluster status --json";

    protected override JsonTypeInfo<ClusterStatus> Json => ClusterJson.Default.ClusterStatus;

    protected override Task<ClusterStatus> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        Task.FromResult(ClusterStatus.Of(daemon.Running()));

    protected override void Render(ClusterStatus result, ITerminal terminal) => ClusterText.Write(result, terminal);
}
