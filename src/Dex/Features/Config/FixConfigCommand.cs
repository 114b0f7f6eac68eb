using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Config;

sealed class FixConfigCommand(AppLoader loader, ConfigWriter writer) : DexCommand<ConfigFixes>
{
    readonly AppArguments _arguments = new();
    readonly Option<bool> _check = new("--check") { Description = "Change nothing; exit with 3 when something would change" };

    public override string Example => "config fix --check";

    protected override JsonTypeInfo<ConfigFixes> Json => ConfigJson.Default.ConfigFixes;

    public override void Configure(Command command)
    {
        command.Add(_arguments.Path);
        command.Add(_check);
    }

    protected override Task<ConfigFixes> RunAsync(ParseResult parse, CancellationToken cancellationToken) =>
        writer.FixAsync(loader.FindFolder(parse.GetValue(_arguments.Path)), parse.GetValue(_check), cancellationToken);

    protected override ExitCode Exit(ConfigFixes result) => result is { Written: false, Fixes.Count: > 0 } ? ExitCode.Findings : ExitCode.Ok;

    protected override void Render(ConfigFixes result, ITerminal terminal)
    {
        foreach (var fix in result.Fixes) terminal.WriteLine($"{fix.Place}  {fix.Reason}: `{fix.NewText.TrimEnd()}`");
        terminal.WriteLine(result.Fixes.Count == 0 ? $"{result.File} needs no changes" : result.Written ? $"{result.File} is fixed" : $"{result.File} would change");
    }
}
