using System.CommandLine;
using Dex.Terminal;

namespace Dex.App;

/// <summary>From arguments to a command and from its end to an exit code.</summary>
sealed class CommandLine(string name, FeatureBuilder platform, ITerminal terminal, RunLog log)
{
    readonly Option<bool> _json = new("--json") { Description = "Print the result as JSON", Recursive = true };
    readonly Option<bool> _verbose = new("--verbose") { Description = "Show the log on standard error", Recursive = true };
    readonly InvocationConfiguration _invocation = new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };

    public async Task<ExitCode> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        if (args is [] or ["--help"] or ["-h"] or ["help"])
        {
            RootHelp.Write(name, platform.Commands, terminal);
            return ExitCode.Ok;
        }

        if (args is ["help", .. var command]) args = [.. command, "--help"];

        // Until parsing succeeded, the words alone tell whether a program is listening.
        var json = args.TakeWhile(word => word != "--").Contains("--json");
        return await EndAsync(await RunCommandAsync(args, json, cancellationToken));
    }

    async Task<ExitCode> RunCommandAsync(string[] args, bool json, CancellationToken cancellationToken)
    {
        try
        {
            return await InvokeAsync(args, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            terminal.EndProgress();
            return Report(CliErrors.Cancelled(), json);
        }
        catch (Exception failure)
        {
            terminal.EndProgress();
            return Report(ErrorTranslator.Translate(failure, log, platform.Services.Get<Host>()), json);
        }
    }

    /// <summary>What parts still do at the end may fail, too; the result has been told by then.</summary>
    async Task<ExitCode> EndAsync(ExitCode exit)
    {
        try
        {
            await platform.EndAsync();
            return exit;
        }
        catch (Exception failure)
        {
            var late = Report(ErrorTranslator.Translate(failure, log, platform.Services.Get<Host>()), json: false);
            return exit == ExitCode.Ok ? late : exit;
        }
    }

    async Task<ExitCode> InvokeAsync(string[] args, CancellationToken cancellationToken)
    {
        var exit = ExitCode.Ok;
        var root = CommandTree.Build(name, platform, args, [_json, _verbose], async (command, parse) =>
        {
            if (parse.GetValue(_verbose)) log.Mirror = terminal;
            log.Write($"{name} {ProductVersion.Text} ({ProductVersion.Build}): {string.Join(' ', parse.CommandResult.Command.Name)}");
            exit = await command.ExecuteAsync(parse, new CommandOutput(terminal, parse.GetValue(_json)), cancellationToken);
        });

        var parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false });
        // Who asks for help may leave required arguments away.
        var asksForHelp = args.TakeWhile(word => word != "--").Any(word => word is "--help" or "-h" or "-?");
        if (parsed.Errors.Count > 0 && !asksForHelp) throw CliErrors.Usage(name, parsed);
        using var output = new TerminalWriter(terminal);
        _invocation.Output = output;
        _invocation.Error = output;
        await parsed.InvokeAsync(_invocation, CancellationToken.None);
        return exit;
    }

    ExitCode Report(UserError error, bool json)
    {
        foreach (var diagnostic in error.Diagnostics) log.Write($"{diagnostic.Code}: {diagnostic.Title}");
        if (json) terminal.WriteLine(DiagnosticJson.Errors(error.Diagnostics));
        else DiagnosticText.Write(Excerpts.Add(error.Diagnostics, platform.Services.Get<Host>().CurrentDirectory), terminal);
        return error.ExitCode;
    }
}
