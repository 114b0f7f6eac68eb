using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;

namespace Dex.Features.Config;

sealed class WhyConfigCommand(AppLoader loader) : DexCommand<ConfigExplanation>
{
    readonly AppArguments _arguments = new();
    readonly Argument<string> _key = new("KEY") { Description = "The key's path, for example services.web.replicas" };

    public override string Example => "config why services.web.replicas --env prod";

    protected override JsonTypeInfo<ConfigExplanation> Json => ConfigJson.Default.ConfigExplanation;

    public override void Configure(Command command)
    {
        command.Add(_key);
        command.Add(_arguments.Path);
        command.Add(_arguments.Environment);
        command.Add(_arguments.Set);
    }

    protected override async Task<ConfigExplanation> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var folder = loader.FindFolder(parse.GetValue(_arguments.Path));
        var request = new AppRequest(parse.GetValue(_arguments.Environment), parse.GetValue(_arguments.Set) ?? [], IsStatic: true);
        var app = await loader.LoadAsync(folder, request, cancellationToken);
        var entry = app.Resolved.Provenance.Of(parse.GetValue(_key)!);
        return new ConfigExplanation(entry.Path, entry.Value, app.Environment, [.. entry.Origins.Select(o => new ConfigOrigin(o.Wins, o.Layer, o.Place?.ToString(), o.Text))]);
    }

    protected override void Render(ConfigExplanation result, ITerminal terminal)
    {
        terminal.WriteLine($"{result.Key} = {result.Value ?? "(not set)"}  ({result.Environment ?? "root"})");
        var layer = result.Origins.Count == 0 ? 0 : result.Origins.Max(o => o.Layer.Length);
        var place = result.Origins.Count == 0 ? 0 : result.Origins.Max(o => (o.Place ?? "").Length);
        foreach (var origin in result.Origins)
            terminal.WriteLine($"  {(origin.Wins ? "✔" : "✗")} {origin.Layer.PadRight(layer)}  {(origin.Place ?? "").PadRight(place)}  {origin.Text}");
    }
}
