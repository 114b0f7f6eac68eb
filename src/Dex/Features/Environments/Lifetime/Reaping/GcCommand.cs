using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Environments.Lifetime.Reaping;

sealed class GcCommand(GcOperation operation) : DexCommand<GcReport>
{
    readonly Option<string?> _cluster = EnvironmentOptions.Cluster("that of the nearest dex.yaml, else the embedded one");
    readonly Option<bool> _inCluster = new("--in-cluster") { Description = "The cluster that this runs in, as its service account" };
    readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what is due, and remove nothing" };
    readonly Option<bool> _yes = new("--yes", "-y") { Description = "Go on although more than 5 and more than 30 % of the environments are due" };
    readonly Option<bool> _orphans = new("--orphans") { Description = "Remove also what carries dex's labels and is in no record" };
    readonly Option<int?> _limit = new("--limit") { Description = "Remove at most so many, and look for no orphans" };
    readonly Option<string?> _within = new("--within") { Description = "Stop after this time; the next run goes on", HelpName = "TIME" };
    readonly Option<string> _timeout = new("--timeout") { Description = "How long one environment may take", DefaultValueFactory = _ => "5m" };

    public override string Example => "env gc --dry-run";

    protected override JsonTypeInfo<GcReport> Json => ReapingJson.Default.GcReport;

    public override void Configure(Command command)
    {
        foreach (var option in new Option[] { _cluster, _inCluster, _dryRun, _yes, _orphans, _limit, _within, _timeout }) command.Add(option);
    }

    protected override Task<GcReport> RunAsync(ParseResult parse, CancellationToken cancellationToken) => operation.RunAsync(
        parse.GetValue(_cluster),
        parse.GetValue(_inCluster),
        parse.GetValue(_within) is { } within ? Timeouts.Parse(within) : null,
        new ReapRequest
        {
            DryRun = parse.GetValue(_dryRun),
            Yes = parse.GetValue(_yes),
            Orphans = parse.GetValue(_orphans),
            Limit = parse.GetValue(_limit),
            Timeout = Timeouts.Parse(parse.GetRequiredValue(_timeout)),
        },
        cancellationToken);

    protected override ExitCode Exit(GcReport result)
    {
        var outcomes = result.Environments.Select(environment => environment.Outcome).Concat(result.Orphans.Select(orphan => orphan.Outcome)).ToList();
        if (outcomes.Contains("failed")) return ExitCode.Failed;
        if (outcomes.Contains("leaked") || outcomes.Contains("orphan")) return ExitCode.Findings;
        return outcomes.Contains("unverified") ? ExitCode.Unverified : ExitCode.Ok;
    }

    protected override void Render(GcReport result, ITerminal terminal)
    {
        foreach (var environment in result.Environments) Render($"{environment.Outcome,-10} {environment.Environment}: {environment.Why}", environment.Remaining, terminal);
        foreach (var orphan in result.Orphans) Render($"{orphan.Outcome,-10} {orphan.Environment} ({orphan.Id}): {string.Join(", ", orphan.Objects)}", orphan.Remaining, terminal);
        foreach (var gap in result.Unverified) terminal.Problem($"warning: not looked at: {gap}", warning: true);
        if (result.Orphans.Any(orphan => orphan.Outcome == "orphan")) terminal.Note("orphans are in no record: `dex env adopt` makes one, `dex env gc --orphans` removes them");
        if (result is { Environments: [], Orphans: [] }) terminal.WriteLine($"nothing is due on {result.Cluster}");
        if (result.Forgotten > 0) terminal.WriteLine($"{result.Forgotten} environments that were taken down more than 30 days ago are forgotten");
    }

    static void Render(string line, IReadOnlyList<string> remaining, ITerminal terminal)
    {
        terminal.WriteLine(line);
        foreach (var left in remaining) terminal.WriteLine($"           {left}");
    }
}
