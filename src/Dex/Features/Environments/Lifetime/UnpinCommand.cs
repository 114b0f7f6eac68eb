using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Environments.Lifetime;

sealed class UnpinCommand(Lifetimes operation) : DexCommand<LifeReport>
{
    readonly Argument<string> _name = new("NAME") { Description = "APP/NAME, or the name alone in the app's folder" };
    readonly Option<string?> _cluster = EnvironmentOptions.Cluster("the one that dex.yaml says; the embedded one for APP/NAME");

    public override string Example => "env unpin hello/demo";

    protected override JsonTypeInfo<LifeReport> Json => LifetimeJson.Default.LifeReport;

    public override void Configure(Command command)
    {
        command.Add(_name);
        command.Add(_cluster);
    }

    protected override Task<LifeReport> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        operation.UnpinAsync(parse.GetRequiredValue(_name), parse.GetValue(_cluster), cancellationToken);

    protected override void Render(LifeReport result, ITerminal terminal) =>
        terminal.WriteLine(result.ExpiresAt is { } end ? $"{result.Environment} ends at {LifetimeErrors.Moment(end)}" : $"{result.Environment} is not pinned any more; it has no end");
}
