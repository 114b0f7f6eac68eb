using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Features.Environments;
using Dex.Terminal;

namespace Dex.Features.Inspect;

sealed class LogsCommand(EnvironmentFinder finder, LogReader operation) : DexStreamCommand<LogLine>
{
    readonly Argument<string?> _service = new("service") { Description = "One service (default: all)", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<bool> _follow = new("--follow", "-f") { Description = "Go on as lines come" };
    readonly Option<int> _tail = new("--tail") { Description = "How many of the last lines of each pod", DefaultValueFactory = _ => 100 };
    readonly Option<bool> _previous = new("--previous") { Description = "The run before the last restart" };
    readonly Option<string?> _in = EnvironmentOptions.In();
    readonly Option<string?> _name = EnvironmentOptions.Name();

    public override string Example => "logs -f web";

    protected override JsonTypeInfo<LogLine> Json => InspectJson.Default.LogLine;

    public override void Configure(Command command)
    {
        command.Add(_service);
        command.Add(_follow);
        command.Add(_tail);
        command.Add(_previous);
        command.Add(_in);
        command.Add(_name);
    }

    protected override async IAsyncEnumerable<LogLine> RunAsync(ParseResult parse, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var environment = await finder.FindAsync(parse.GetValue(_in), parse.GetValue(_name), cancellationToken);
        var service = parse.GetValue(_service) is { } name ? environment.Service(name).Name : null;
        var lines = operation.ReadAsync(environment, service, parse.GetValue(_tail), parse.GetValue(_follow), parse.GetValue(_previous), cancellationToken);
        await foreach (var line in lines) yield return line;
    }

    protected override void Render(LogLine item, ITerminal terminal) => terminal.WriteLine($"{item.Pod} | {item.Line}");
}
