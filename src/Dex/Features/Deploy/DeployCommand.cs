using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Features.Environments;
using Dex.Terminal;

namespace Dex.Features.Deploy;

sealed class DeployCommand(DeployOperation operation) : DexCommand<DeployReport>
{
    readonly Argument<string> _environment = new("ENV") { Description = "An entry of `environments`: the configuration and the name at once" };
    readonly Argument<string?> _path = new("PATH") { Description = "The app's folder (default: the nearest dex.yaml upward)", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _plan = new("--plan") { Description = "Deploy exactly the plan that `dex diff --out` wrote", HelpName = "FILE" };
    readonly Option<string?> _images = new("--images") { Description = "Take these images, as `dex build --images` wrote them, instead of building", HelpName = "FILE" };
    readonly Option<string[]> _set = new("--set") { Description = "A value that wins over dex.yaml, as path=value", DefaultValueFactory = _ => [] };
    readonly Option<string> _timeout = new("--timeout") { Description = "How long it may take until everything is ready, jobs before and after included", DefaultValueFactory = _ => "10m" };
    readonly Option<bool> _force = new("--force-conflicts") { Description = "Take over fields that somebody else manages" };
    readonly Option<string[]> _recreate = new("--recreate") { Description = "Delete this object and create it anew where a field of it cannot be changed in place; as Kind/name", HelpName = "OBJECT", DefaultValueFactory = _ => [] };
    readonly Option<bool?> _rollback = new("--rollback") { Description = "Return to the last good revision on failure (default: yes, except on the embedded cluster)" };
    readonly Option<string?> _message = new("--message", "-m") { Description = "What the history says about this deploy", HelpName = "TEXT" };

    public override string Example => "deploy prod --message \"new checkout\"";

    protected override JsonTypeInfo<DeployReport> Json => DeployJson.Default.DeployReport;

    public override void Configure(Command command)
    {
        command.Add(_environment);
        command.Add(_path);
        foreach (var option in new Option[] { _plan, _images, _set, _timeout, _force, _recreate, _rollback, _message }) command.Add(option);
    }

    protected override Task<DeployReport> RunAsync(ParseResult parse, CancellationToken cancellationToken) => operation.RunAsync(
        new DeployRequest(parse.GetRequiredValue(_environment), parse.GetValue(_path), Timeouts.Parse(parse.GetRequiredValue(_timeout)))
        {
            Plan = parse.GetValue(_plan),
            Set = parse.GetValue(_set) ?? [],
            ForceConflicts = parse.GetValue(_force),
            Recreate = parse.GetValue(_recreate) ?? [],
            Rollback = parse.GetValue(_rollback),
            Message = parse.GetValue(_message),
            Images = parse.GetValue(_images),
        },
        cancellationToken);

    protected override void Render(DeployReport result, ITerminal terminal) => Reports.Render(result, "is deployed", terminal);
}
