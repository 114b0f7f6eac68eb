using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Environments.Lifetime;

sealed class ExtendCommand(Lifetimes operation) : DexCommand<LifeReport>
{
    readonly Argument<string> _name = new("NAME") { Description = "APP/NAME, or the name alone in the app's folder" };
    readonly Argument<string> _end = new("TIME") { Description = "`+8h` adds to what it has, `8h` counts from now, `2026-12-24` is a date (UTC)" };
    readonly Option<string?> _cluster = EnvironmentOptions.Cluster("the one that dex.yaml says; the embedded one for APP/NAME");

    public override string Example => "env extend hello/demo +8h";

    protected override JsonTypeInfo<LifeReport> Json => LifetimeJson.Default.LifeReport;

    public override void Configure(Command command)
    {
        command.Add(_name);
        command.Add(_end);
        command.Add(_cluster);
    }

    protected override Task<LifeReport> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        operation.ExtendAsync(parse.GetRequiredValue(_name), parse.GetValue(_cluster), parse.GetRequiredValue(_end), cancellationToken);

    protected override void Render(LifeReport result, ITerminal terminal) =>
        terminal.WriteLine($"{result.Environment} ends at {LifetimeErrors.Moment(result.ExpiresAt!.Value)}");
}
