using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Cluster;

sealed class StopClusterCommand(LocalDaemon daemon) : DexCommand<ClusterStopped>
{
    public override string Example => "cluster stop";

    protected override JsonTypeInfo<ClusterStopped> Json => ClusterJson.Default.ClusterStopped;

    protected override async Task<ClusterStopped> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        new(await daemon.StopAsync(cancellationToken), DataRemoved: false);

    protected override void Render(ClusterStopped result, ITerminal terminal) => terminal.WriteLine(result.WasRunning
        ? "the embedded cluster has stopped; its objects are kept and its pods come back with the next start"
        : "the embedded cluster was not running");
}
