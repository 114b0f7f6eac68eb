using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Kubernetes.Model;
using Dex.Terminal;

namespace Dex.Features.Environments.Audit;

sealed class AuditCommand(AuditOperation operation) : DexCommand<AuditReport>
{
    readonly Argument<string?> _name = new("NAME") { Description = "APP/NAME, or the name alone in the app's folder (default: everything in the cluster)", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _cluster = EnvironmentOptions.Cluster("the one that dex.yaml says; the embedded one for APP/NAME");
    readonly Option<bool> _verify = new("--verify") { Description = "Look whether any line was removed, changed or moved" };
    readonly Option<string?> _export = new("--export") { Description = "Write all lines to a file", HelpName = "FILE" };

    public override string Example => "env audit hello/demo --verify";

    protected override JsonTypeInfo<AuditReport> Json => AuditJson.Default.AuditReport;

    public override void Configure(Command command)
    {
        command.Add(_name);
        command.Add(_cluster);
        command.Add(_verify);
        command.Add(_export);
    }

    protected override Task<AuditReport> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        operation.RunAsync(new AuditRequest(parse.GetValue(_name), parse.GetValue(_cluster), parse.GetValue(_verify), parse.GetValue(_export)), cancellationToken);

    protected override ExitCode Exit(AuditReport result) => result.Verified?.Any(trail => trail.Broken is not null) == true ? ExitCode.Findings : ExitCode.Ok;

    protected override void Render(AuditReport result, ITerminal terminal)
    {
        if (result.Verified is null && result.Exported is null) RenderLines(result, terminal);
        if (result.Exported is { } file) terminal.WriteLine($"wrote all lines to {file}");
        foreach (var trail in result.Verified ?? [])
        {
            terminal.WriteLine(trail.Broken is null ? $"{trail.Place}: {trail.Lines} lines, whole" : $"{trail.Place}: {trail.Lines} lines, broken: {trail.Broken}");
        }
    }

    static void RenderLines(AuditReport result, ITerminal terminal)
    {
        if (result.Lines.Count == 0)
        {
            terminal.WriteLine($"nothing is recorded about it on {result.Cluster}");
            return;
        }

        var table = new Table("SEQ", "TIME", "ACTOR", "ENVIRONMENT", "VERB", "OBJECT", "RESULT");
        foreach (var line in result.Lines)
        {
            var actor = line.Text("actor", "ci", "actor") ?? line.Text("actor", "from");
            table.Row($"{line.Number("seq")}", line.Text("time")?.Split('.')[0].Replace('T', ' '), actor, line.Text("environment") ?? line.Text("id"), line.Text("verb"), Short(line.Text("object") ?? ""), line.Text("result"));
        }

        terminal.Write(table);
    }

    /// <summary>The kind without its group and version, as people name objects.</summary>
    static string Short(string name)
    {
        var kind = name.Split(' ')[0];
        return kind[(kind.LastIndexOf('/') + 1)..] + name[kind.Length..];
    }
}
