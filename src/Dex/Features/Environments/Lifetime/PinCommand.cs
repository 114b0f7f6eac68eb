using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Environments.Lifetime;

sealed class PinCommand(Lifetimes operation) : DexCommand<LifeReport>
{
    readonly Argument<string> _name = new("NAME") { Description = "APP/NAME, or the name alone in the app's folder" };
    readonly Option<string> _until = new("--until") { Description = "A date such as 2026-12-24 (UTC), or a time from now such as 7d", HelpName = "TIME", Required = true };
    readonly Option<string> _reason = new("--reason") { Description = "Why it must stay; `dex ls --json` shows it", HelpName = "TEXT", Required = true };
    readonly Option<string?> _cluster = EnvironmentOptions.Cluster("the one that dex.yaml says; the embedded one for APP/NAME");

    public override string Example => "env pin hello/demo --until 7d --reason \"shown to the customer\"";

    protected override JsonTypeInfo<LifeReport> Json => LifetimeJson.Default.LifeReport;

    public override void Configure(Command command)
    {
        command.Add(_name);
        foreach (var option in new Option[] { _until, _reason, _cluster }) command.Add(option);
    }

    protected override Task<LifeReport> RunAsync(ParseResult parse, CancellationToken cancellationToken) => operation.PinAsync(
        parse.GetRequiredValue(_name), parse.GetValue(_cluster), parse.GetRequiredValue(_until), parse.GetRequiredValue(_reason), cancellationToken);

    protected override void Render(LifeReport result, ITerminal terminal) =>
        terminal.WriteLine($"{result.Environment} stays until {LifetimeErrors.Moment(result.PinnedUntil!.Value)}: {result.PinReason}");
}
