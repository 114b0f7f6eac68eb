using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Features.Cluster;
using Dex.Features.Environments;
using Dex.Terminal;

namespace Dex.Features.Inspect;

sealed class StatusCommand(EnvironmentFinder finder, EnvironmentStatus operation) : DexCommand<StatusResult>
{
    readonly Argument<string?> _target = new("target") { Description = "The app's folder, APP/NAME, or an entry of `environments` (default: the nearest dex.yaml upward)", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _name = EnvironmentOptions.Name();

    public override string Example => "status hello/demo";

    protected override JsonTypeInfo<StatusResult> Json => InspectJson.Default.StatusResult;

    public override void Configure(Command command)
    {
        command.Add(_target);
        command.Add(_name);
    }

    protected override async Task<StatusResult> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        using var environment = await finder.FindAsync(parse.GetValue(_target), parse.GetValue(_name), cancellationToken);
        return await operation.ReadAsync(environment, cancellationToken);
    }

    protected override void Render(StatusResult result, ITerminal terminal)
    {
        terminal.WriteLine($"{result.Environment} on {result.Cluster}, namespace {result.Namespace}");
        if (result.Deployed is { } deployed)
        {
            var about = string.Join(", ", new[] { deployed.Age is { } age ? $"{Durations.Age(age)} ago" : null, deployed.Who is { } who ? $"by {who}" : null, deployed.Message }.OfType<string>());
            terminal.WriteLine($"revision {deployed.Revision} {deployed.Status}{(about.Length > 0 ? $" ({about})" : "")}");
        }

        if (result.Runtime is { } runtime) terminal.WriteLine($"run by {LocalRuntime.Words(runtime)}");
        if (result.Services.Count == 0) return;
        terminal.WriteLine();
        var table = new Table("SERVICE", "READY", "RESTARTS", "STATUS", "URL");
        foreach (var service in result.Services)
        {
            table.Row(service.Name, $"{service.Ready}/{service.Wanted}", $"{service.Restarts}", service.Message ?? "ready", service.Url);
        }

        terminal.Write(table);
    }
}
