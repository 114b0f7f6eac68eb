using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Environments;

internal sealed class UpCommand(UpOperation operation) : DexCommand<UpResult>
{
    private readonly Argument<string?> _path = new("path") { Description = "The app's folder (default: the nearest dex.yaml upward)", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _environment = new("--env", "-e") { Description = "The configuration: an entry of `environments` (default: dev where declared)" };
    private readonly Option<string?> _name = new("--name", "-n") { Description = "The environment's name (default: from the pull request, branch or user)" };
    private readonly Option<string[]> _set = new("--set") { Description = "A value that wins over dex.yaml, as path=value", DefaultValueFactory = _ => [] };
    private readonly Option<string> _timeout = new("--timeout") { Description = "How long to wait until everything is ready", DefaultValueFactory = _ => "5m" };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Build, then say what would be deployed without deploying it" };

    public override string Example => "up samples/hello --name demo";

    protected override JsonTypeInfo<UpResult> Json => EnvironmentsJson.Default.UpResult;

    public override void Configure(Command command)
    {
        command.Add(_path);
        command.Add(_environment);
        command.Add(_name);
        command.Add(_set);
        command.Add(_timeout);
        command.Add(_dryRun);
    }

    protected override Task<UpResult> RunAsync(ParseResult parse, CancellationToken cancellationToken) => operation.RunAsync(
        new UpRequest(
            parse.GetValue(_path),
            parse.GetValue(_environment),
            parse.GetValue(_name),
            parse.GetValue(_set) ?? [],
            Timeouts.Parse(parse.GetRequiredValue(_timeout))) { DryRun = parse.GetValue(_dryRun) },
        cancellationToken);

    protected override void Render(UpResult result, ITerminal terminal)
    {
        if (result.Planned is { } planned)
        {
            foreach (var line in planned) terminal.WriteLine(line);
            terminal.WriteLine(planned.Count == 0 ? $"{result.Environment} is as wanted" : $"{result.Environment}: {planned.Count} changes, none made (dry run)");
            return;
        }

        var table = new Table("SERVICE", "STATUS", "URL");
        foreach (var service in result.Services) table.Row(service.Name, Status(service, result.Changed), service.Url);
        if (!table.IsEmpty) terminal.Write(table);
        terminal.WriteLine();
        var took = Durations.Short(result.Durations.Total);
        terminal.WriteLine(result.Url is null ? $"{result.Environment} is up after {took}" : $"{result.Environment} is up after {took}: {result.Url}");
    }

    private static string Status(ServiceResult service, IReadOnlyList<string> changed) =>
        (service.Ready ? "ready" : "not ready") + (changed.Contains(service.Name) ? ", deployed" : ", unchanged");
}
