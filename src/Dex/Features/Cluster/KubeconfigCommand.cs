using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Cluster;

sealed class KubeconfigCommand(LocalDaemon daemon) : DexCommand<KubeconfigPath>
{
    public override string Example => "cluster kubeconfig";

    protected override JsonTypeInfo<KubeconfigPath> Json => ClusterJson.Default.KubeconfigPath;

    protected override async Task<KubeconfigPath> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        new((await daemon.EnsureAsync(cancellationToken)).Kubeconfig);

    protected override void Render(KubeconfigPath result, ITerminal terminal) => terminal.WriteLine(result.Kubeconfig);
}
