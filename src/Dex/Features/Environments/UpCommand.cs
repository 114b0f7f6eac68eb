using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Features.Environments.Lifetime;
using Dex.Terminal;

namespace Dex.Features.Environments;

sealed class UpCommand(UpOperation operation) : DexCommand<UpResult>
{
    readonly Argument<string?> _path = new("path") { Description = "The app's folder (default: the nearest dex.yaml upward)", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _environment = new("--env", "-e") { Description = "The configuration: an entry of `environments` (default: dev where declared)" };
    readonly Option<string?> _name = new("--name", "-n") { Description = "The environment's name (default: from the pull request, branch or user)" };
    readonly Option<string[]> _set = new("--set") { Description = "A value that wins over dex.yaml, as path=value", DefaultValueFactory = _ => [] };
    readonly Option<string> _timeout = new("--timeout") { Description = "How long it may take until everything is ready, jobs before and after included", DefaultValueFactory = _ => "5m" };

    readonly Option<string?> _images = new("--images") { Description = "Take these images, as `dex build --images` wrote them, instead of building", HelpName = "FILE" };
    readonly Option<string?> _ttl = new("--ttl") { Description = "How long it lives, such as 8h (default: as dex.yaml says; else none on the embedded cluster, 8h, 72h for a pull request, 2h in CI)", HelpName = "TIME" };
    readonly Option<IfExists> _ifExists = new("--if-exists") { Description = "What to do when it exists: update it, fail, replace it by a new one, or skip", HelpName = "update|fail|replace|skip" };
    readonly Option<bool> _wait = new("--wait") { Description = "Wait until everything is ready (the default)" };
    readonly Option<bool> _noWait = new("--no-wait") { Description = "Return as soon as everything is applied" };
    readonly Option<bool> _dryRun = new("--dry-run") { Description = "Build, then say what would be deployed without deploying it" };

    public override string Example => "up samples/hello --name demo";

    protected override JsonTypeInfo<UpResult> Json => EnvironmentsJson.Default.UpResult;

    public override void Configure(Command command)
    {
        command.Add(_path);
        command.Add(_environment);
        command.Add(_name);
        command.Add(_set);
        command.Add(_timeout);
        foreach (var option in new Option[] { _images, _ttl, _ifExists, _wait, _noWait, _dryRun }) command.Add(option);
    }

    protected override Task<UpResult> RunAsync(ParseResult parse, CancellationToken cancellationToken) => operation.RunAsync(
        new UpRequest(
            parse.GetValue(_path),
            parse.GetValue(_environment),
            parse.GetValue(_name),
            parse.GetValue(_set) ?? [],
            Timeouts.Parse(parse.GetRequiredValue(_timeout))) 
        {
            Images = parse.GetValue(_images),
            DryRun = parse.GetValue(_dryRun),
            Wait = parse.GetValue(_wait) || !parse.GetValue(_noWait),
            Ttl = parse.GetValue(_ttl) is { } ttl ? Timeouts.Parse(ttl) : null,
            IfExists = parse.GetValue(_ifExists),
        },
        cancellationToken);

    protected override void Render(UpResult result, ITerminal terminal)
    {
        if (result.Planned is { } planned)
        {
            foreach (var line in planned) terminal.WriteLine(line);
            terminal.WriteLine(planned.Count == 0 ? $"{result.Environment} is as wanted" : $"{result.Environment}: {planned.Count} changes, none made (dry run)");
            return;
        }

        if (result.SupersededBy is { } run)
        {
            terminal.WriteLine($"{result.Environment}: superseded by {run}; nothing more was done");
            return;
        }

        if (result.Skipped)
        {
            terminal.WriteLine($"{result.Environment} exists and was left alone{(result.Url is null ? "" : $": {result.Url}")}");
            return;
        }

        var table = new Table("SERVICE", "STATUS", "URL");
        foreach (var service in result.Services) table.Row(service.Name, Status(service, result.Changed), service.Url);
        if (!table.IsEmpty)
        {
            terminal.Write(table);
            terminal.WriteLine();
        }

        var took = Durations.Short(result.Durations.Total);
        terminal.WriteLine(result.Url is null ? $"{result.Environment} is up after {took}" : $"{result.Environment} is up after {took}: {result.Url}");
        if (result.ExpiresAt is { } end) terminal.Note($"it ends at {LifetimeErrors.Moment(end)}; `dex env extend {result.Environment} +8h` moves that");
    }

    static string Status(ServiceResult service, IReadOnlyList<string> changed) =>
        (service.Ready ? "ready" : "not ready") + (changed.Contains(service.Name) ? ", deployed" : ", unchanged");
}
