using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Cluster;

sealed class StartClusterCommand(LocalDaemon daemon, ForegroundCluster foreground, ClusterFolder folder, ITerminal terminal) : DexCommand<ClusterStatus>
{
    readonly Option<bool> _foreground = new("--foreground") { Description = "Stay attached until Ctrl-C" };
    readonly Option<bool> _memory = new("--memory") { Description = "With --foreground: keep nothing on disk" };
    readonly Option<bool> _noAgent = new("--no-agent") { Description = "With --foreground: store objects only, run no pods" };

    public override string Example => "cluster start";

    protected override JsonTypeInfo<ClusterStatus> Json => ClusterJson.Default.ClusterStatus;

    public override void Configure(Command command)
    {
        command.Add(_foreground);
        command.Add(_memory);
        command.Add(_noAgent);
    }

    protected override async Task<ClusterStatus> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        if (!parse.GetValue(_foreground)) return ClusterStatus.Of(await daemon.EnsureAsync(cancellationToken));
        if (daemon.Running() is { } other) throw ClusterErrors.AlreadyRunning(other);
        var options = folder.Options() with { InMemory = parse.GetValue(_memory), RunAgent = !parse.GetValue(_noAgent) };
        await foreground.RunAsync(options, Say, cancellationToken);
        return ClusterStatus.Of(null);
    }

    protected override void Render(ClusterStatus result, ITerminal terminal) => ClusterText.Write(result, terminal);

    void Say(ClusterInfo info)
    {
        terminal.Note($"the embedded cluster listens on {info.Server}; apps answer on {info.Ingress}");
        terminal.Note($"kubectl --kubeconfig {info.Kubeconfig} get pods -A");
    }
}
