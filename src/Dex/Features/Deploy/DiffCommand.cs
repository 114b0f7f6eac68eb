using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Deploy;

sealed class DiffCommand(DiffOperation operation) : DexCommand<DiffReport>
{
    readonly Argument<string> _environment = new("ENV") { Description = "An entry of `environments`: the configuration and the name at once" };
    readonly Argument<string?> _path = new("PATH") { Description = "The app's folder (default: the nearest dex.yaml upward)", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string[]> _set = new("--set") { Description = "A value that wins over dex.yaml, as path=value", DefaultValueFactory = _ => [] };
    readonly Option<string?> _images = new("--images") { Description = "Take these images, as `dex build --images` wrote them, instead of building", HelpName = "FILE" };
    readonly Option<string?> _out = new("--out") { Description = "Save the plan, for `dex deploy --plan`, and push the images that it names; it holds the values of secrets", HelpName = "FILE" };
    readonly Option<bool> _force = new("--force-conflicts") { Description = "As if fields that somebody else manages were taken over" };

    public override string Example => "diff prod --out plan.json";

    protected override JsonTypeInfo<DiffReport> Json => DeployJson.Default.DiffReport;

    public override void Configure(Command command)
    {
        command.Add(_environment);
        command.Add(_path);
        command.Add(_set);
        command.Add(_images);
        command.Add(_out);
        command.Add(_force);
    }

    protected override Task<DiffReport> RunAsync(ParseResult parse, CancellationToken cancellationToken) => operation.RunAsync(
        new DiffRequest(parse.GetRequiredValue(_environment), parse.GetValue(_path), parse.GetValue(_set) ?? [], parse.GetValue(_out), parse.GetValue(_force)) { Images = parse.GetValue(_images) },
        cancellationToken);

    protected override ExitCode Exit(DiffReport result) => result.Objects.Count == 0 ? ExitCode.Ok : ExitCode.Findings;

    protected override void Render(DiffReport result, ITerminal terminal)
    {
        foreach (var changed in result.Objects) Render(changed, terminal);
        var counts = string.Join(", ", result.Objects.GroupBy(changed => changed.Change, StringComparer.Ordinal).Select(group => $"{group.Count()} to {group.Key}"));
        terminal.WriteLine(counts.Length == 0 ? $"{result.Environment} on {result.Cluster} is as wanted" : $"{result.Environment} on {result.Cluster}: {counts}");
    }

    static void Render(ChangedObject changed, ITerminal terminal)
    {
        terminal.WriteLine($"{changed.Change} {changed.Object}");
        if (changed.Refused is { } refused) terminal.WriteLine($"  ! {refused}");
        // Every field of a new object is new: only what it is about is worth a line.
        if (changed.Change == "create") return;
        foreach (var field in changed.Fields)
        {
            terminal.WriteLine((field.Before, field.After) switch
            {
                (null, { } after) => $"  + {field.Path}: {after}",
                ({ } before, null) => $"  - {field.Path}: {before}",
                var (before, after) => $"  ~ {field.Path}: {before} -> {after}",
            });
        }
    }
}
