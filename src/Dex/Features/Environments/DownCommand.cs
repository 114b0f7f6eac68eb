using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Environments;

internal sealed class DownCommand(DownOperation operation) : DexCommand<DownResult>
{
    private readonly Argument<string?> _target = new("target") { Description = "The app's folder, or APP/NAME (default: the nearest dex.yaml upward)", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _name = new("--name", "-n") { Description = "The environment's name (default: the folder's last)" };
    private readonly Option<string> _timeout = new("--timeout") { Description = "How long to wait until everything is gone", DefaultValueFactory = _ => "5m" };

    public override string Example => "down hello/demo";

    protected override JsonTypeInfo<DownResult> Json => EnvironmentsJson.Default.DownResult;

    public override void Configure(Command command)
    {
        command.Add(_target);
        command.Add(_name);
        command.Add(_timeout);
    }

    protected override Task<DownResult> RunAsync(ParseResult parse, CancellationToken cancellationToken) => operation.RunAsync(
        new DownRequest(parse.GetValue(_target), parse.GetValue(_name), Timeouts.Parse(parse.GetRequiredValue(_timeout))),
        cancellationToken);

    protected override ExitCode Exit(DownResult result) => result.Verdict switch
    {
        "clean" => ExitCode.Ok,
        "leaked" => ExitCode.Findings,
        _ => ExitCode.Unverified,
    };

    protected override void Render(DownResult result, ITerminal terminal)
    {
        if (result is { Removed: [], Remaining: [] })
        {
            terminal.WriteLine($"{result.Environment} does not exist; nothing to remove");
            return;
        }

        foreach (var group in result.Removed.GroupBy(removed => removed.Split('/')[0], StringComparer.Ordinal))
        {
            terminal.WriteLine($"removed  {group.Key,-24} {string.Join(", ", group.Select(removed => removed[(group.Key.Length + 1)..]))}");
        }

        foreach (var left in result.Remaining) terminal.WriteLine($"remains  {left}");
        terminal.WriteLine($"{result.Environment} is {(result.Verdict == "clean" ? "gone" : result.Verdict)} after {Durations.Short(result.Durations.Total)}");
    }
}
