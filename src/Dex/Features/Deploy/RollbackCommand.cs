using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Features.Environments;
using Dex.Terminal;

namespace Dex.Features.Deploy;

sealed class RollbackCommand(RollbackOperation operation) : DexCommand<DeployReport>
{
    readonly Argument<string> _environment = new("ENV") { Description = "An entry of `environments`: the configuration and the name at once" };
    readonly Argument<int?> _revision = new("REVISION") { Description = "A number of `dex history` (default: the last good one before the present)", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _in = new("--in") { Description = "The app's folder (default: the nearest dex.yaml upward)", HelpName = "PATH" };
    readonly Option<string> _timeout = new("--timeout") { Description = "How long it may take until everything is ready, jobs before and after included", DefaultValueFactory = _ => "10m" };

    public override string Example => "rollback prod 3";

    protected override JsonTypeInfo<DeployReport> Json => DeployJson.Default.DeployReport;

    public override void Configure(Command command)
    {
        command.Add(_environment);
        command.Add(_revision);
        command.Add(_in);
        command.Add(_timeout);
    }

    protected override Task<DeployReport> RunAsync(ParseResult parse, CancellationToken cancellationToken) => operation.RunAsync(
        new RollbackRequest(parse.GetRequiredValue(_environment), parse.GetValue(_revision), parse.GetValue(_in), Timeouts.Parse(parse.GetRequiredValue(_timeout))),
        cancellationToken);

    protected override void Render(DeployReport result, ITerminal terminal) => Reports.Render(result, "is rolled back", terminal);
}
