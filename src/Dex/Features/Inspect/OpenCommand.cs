using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Features.Environments;
using Dex.Processes;
using Dex.Terminal;

namespace Dex.Features.Inspect;

/// <summary>An address that was handed to the browser.</summary>
/// <param name="Opened">Whether this machine has a program that opens addresses.</param>
sealed record OpenResult(string Url, bool Opened);

sealed class OpenCommand(EnvironmentFinder finder, ProcessRunner processes) : DexCommand<OpenResult>
{
    readonly Argument<string?> _target = new("target") { Description = "The app's folder, or APP/NAME (default: the nearest dex.yaml upward)", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _name = EnvironmentOptions.Name();

    public override string Example => "open hello/demo";

    protected override JsonTypeInfo<OpenResult> Json => InspectJson.Default.OpenResult;

    public override void Configure(Command command)
    {
        command.Add(_target);
        command.Add(_name);
    }

    protected override async Task<OpenResult> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        using var environment = await finder.FindAsync(parse.GetValue(_target), parse.GetValue(_name), cancellationToken);
        var url = environment.Spec.Url ?? throw EnvironmentErrors.NoUrl(environment.Spec);
        string[] openers = OperatingSystem.IsMacOS() ? ["open"] : ["xdg-open", "wslview"];
        if (openers.FirstOrDefault(program => processes.Find(program) is not null) is not { } opener) return new OpenResult(url, Opened: false);
        var result = await processes.RunAsync(new ProcessRequest(opener, [url]), cancellationToken);
        return new OpenResult(url, result.ExitCode == 0);
    }

    protected override void Render(OpenResult result, ITerminal terminal)
    {
        terminal.WriteLine(result.Url);
        if (!result.Opened) terminal.Note("no browser could be opened here; follow the address above");
    }
}
