using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Apply;
using Dex.Terminal;

namespace Dex.Features.Deploy;

sealed class HistoryCommand(SharedEnvironments environments, Host host) : DexCommand<IReadOnlyList<RevisionSummary>>
{
    readonly Argument<string> _environment = new("ENV") { Description = "An entry of `environments`: the configuration and the name at once" };
    readonly Option<string?> _in = new("--in") { Description = "The app's folder (default: the nearest dex.yaml upward)", HelpName = "PATH" };

    public override string Example => "history prod";

    protected override JsonTypeInfo<IReadOnlyList<RevisionSummary>> Json => DeployJson.Default.IReadOnlyListRevisionSummary;

    public override void Configure(Command command)
    {
        command.Add(_environment);
        command.Add(_in);
    }

    protected override async Task<IReadOnlyList<RevisionSummary>> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        using var environment = await environments.FindAsync(parse.GetRequiredValue(_environment), parse.GetValue(_in), cancellationToken);
        var history = await new ApplyEngine(environment.Target.Client, host.Time).HistoryAsync(environment.Release, cancellationToken);
        return [.. history.Select(revision => RevisionNotes.Read(revision, environment.Target.Client.ServerNow))];
    }

    protected override void Render(IReadOnlyList<RevisionSummary> result, ITerminal terminal)
    {
        var table = new Table("REVISION", "STATUS", "AGE", "BY", "COMMIT", "MESSAGE");
        foreach (var revision in result)
        {
            var commit = revision.Commit is { Length: > 8 } whole ? whole[..8] : revision.Commit;
            table.Row(revision.Revision.ToString(), revision.Status, revision.Age is { } age ? Durations.Age(age) : null, revision.Who, commit, revision.Message);
        }

        terminal.Write(table);
    }
}
