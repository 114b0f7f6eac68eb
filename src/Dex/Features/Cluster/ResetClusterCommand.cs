using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Cluster;

sealed class ResetClusterCommand(LocalDaemon daemon, ITerminal terminal) : DexCommand<ClusterStopped>
{
    readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask" };

    public override string Example => "cluster reset --yes";

    protected override JsonTypeInfo<ClusterStopped> Json => ClusterJson.Default.ClusterStopped;

    public override void Configure(Command command) => command.Add(_yes);

    protected override async Task<ClusterStopped> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        if (!parse.GetValue(_yes) && !terminal.Confirm("Remove every environment and object of the embedded cluster?"))
        {
            throw ClusterErrors.NotConfirmed();
        }

        return await daemon.ResetAsync(cancellationToken);
    }

    protected override void Render(ClusterStopped result, ITerminal terminal) => terminal.WriteLine(result.DataRemoved
        ? "the embedded cluster is gone; the next command that needs it makes a new one"
        : "there was no embedded cluster");
}
