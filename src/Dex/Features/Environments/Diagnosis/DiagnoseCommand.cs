using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Environments.Diagnosis;

sealed class DiagnoseCommand(DiagnoseOperation operation) : DexCommand<DiagnosisResult>
{
    readonly Argument<string?> _name = new("NAME") { Description = "APP/NAME, or the name alone in the app's folder (default: the folder's last)", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _cluster = EnvironmentOptions.Cluster("the one that dex.yaml says; the embedded one for APP/NAME");
    readonly Option<string?> _bundle = new("--bundle") { Description = "Keep everything in a new folder: objects, logs, events", HelpName = "DIR" };

    public override string Example => "env diagnose hello/demo --bundle ./evidence";

    protected override JsonTypeInfo<DiagnosisResult> Json => DiagnosisJson.Default.DiagnosisResult;

    public override void Configure(Command command)
    {
        command.Add(_name);
        command.Add(_cluster);
        command.Add(_bundle);
    }

    protected override Task<DiagnosisResult> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        operation.RunAsync(new DiagnoseRequest(parse.GetValue(_name), parse.GetValue(_cluster), parse.GetValue(_bundle)), cancellationToken);

    protected override ExitCode Exit(DiagnosisResult result) => result.Findings.Count == 0 ? ExitCode.Ok : ExitCode.Findings;

    protected override void Render(DiagnosisResult result, ITerminal terminal)
    {
        foreach (var line in DiagnosisText.Lines(result)) terminal.WriteLine(line);
        if (result.Bundle is { } folder) terminal.Note($"everything is in {folder}");
    }
}
