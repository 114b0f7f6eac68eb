using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Environments;

sealed class DownCommand(DownOperation operation) : DexStreamCommand<DownResult>
{
    readonly Argument<string[]> _targets = new("target") { Description = "The app's folder, or APP/NAME; several are taken down one after the other (default: the nearest dex.yaml upward)", Arity = ArgumentArity.ZeroOrMore };
    readonly Option<string?> _name = new("--name", "-n") { Description = "The environment's name (default: the folder's last)" };
    readonly Option<string?> _cluster = EnvironmentOptions.Cluster("the one that dex.yaml says; the embedded one for APP/NAME");
    readonly Option<string> _timeout = new("--timeout") { Description = "How long to wait until everything is gone", DefaultValueFactory = _ => "5m" };
    readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be removed, and remove nothing" };
    readonly Option<bool> _force = new("--force-finalizers") { Description = "When the time is up, take finalizers off what they still hold; needs --reason" };
    readonly Option<string?> _reason = new("--reason") { Description = "Why; kept in the environment's record", HelpName = "TEXT" };

    public override string Example => "down hello/demo";

    protected override JsonTypeInfo<DownResult> Json => EnvironmentsJson.Default.DownResult;

    public override void Configure(Command command)
    {
        command.Add(_targets);
        foreach (var option in new Option[] { _name, _cluster, _timeout, _dryRun, _force, _reason }) command.Add(option);
    }

    protected override async IAsyncEnumerable<DownResult> RunAsync(ParseResult parse, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var force = parse.GetValue(_force);
        if (force != parse.GetValue(_reason) is { Length: > 0 }) throw EnvironmentErrors.ForceNeedsReason();
        var timeout = Timeouts.Parse(parse.GetRequiredValue(_timeout));
        var targets = parse.GetValue(_targets) is { Length: > 0 } given ? (IReadOnlyList<string?>)given : [null];
        foreach (var target in targets)
        {
            yield return await operation.RunAsync(new DownRequest(target, parse.GetValue(_name), timeout)
            {
                Cluster = parse.GetValue(_cluster),
                DryRun = parse.GetValue(_dryRun),
                ForceReason = force ? parse.GetValue(_reason) : null,
            }, cancellationToken);
        }
    }

    protected override ExitCode Exit(DownResult item) => item.Verdict switch
    {
        "leaked" => ExitCode.Findings,
        "unverified" => ExitCode.Unverified,
        _ => ExitCode.Ok,
    };

    protected override void Render(DownResult item, ITerminal terminal)
    {
        if (item.SupersededBy is { } run) terminal.WriteLine($"{item.Environment}: superseded by {run}; nothing more was done");
        else if (item.Planned is { } planned) RenderPlan(item, planned, terminal);
        else if (item is { Removed: [], Remaining: [] }) terminal.WriteLine($"{item.Environment} does not exist; nothing to remove");
        else RenderReceipt(item, terminal);
    }

    static void RenderPlan(DownResult item, IReadOnlyList<string> planned, ITerminal terminal)
    {
        foreach (var entry in planned) terminal.WriteLine($"delete {entry}");
        terminal.WriteLine(planned.Count == 0 ? $"{item.Environment} does not exist; nothing to remove" : $"{item.Environment}: {planned.Count} objects, none removed (dry run)");
    }

    static void RenderReceipt(DownResult item, ITerminal terminal)
    {
        foreach (var group in item.Removed.GroupBy(removed => removed.Split('/')[0], StringComparer.Ordinal))
        {
            terminal.WriteLine($"removed  {group.Key,-24} {string.Join(", ", group.Select(removed => removed[(group.Key.Length + 1)..]))}");
        }

        foreach (var left in item.Forced ?? []) terminal.WriteLine($"forced   {left}");
        foreach (var left in item.Kept) terminal.WriteLine($"kept     {left}");
        foreach (var left in item.Remaining) terminal.WriteLine($"remains  {left}");
        terminal.WriteLine($"{item.Environment} is {(item.Verdict == "clean" ? "gone" : item.Verdict)} after {Durations.Short(item.Durations.Total)}");
    }
}
