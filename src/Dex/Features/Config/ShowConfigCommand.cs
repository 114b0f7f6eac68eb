using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Terminal;
using Dex.Yaml;

namespace Dex.Features.Config;

sealed class ShowConfigCommand(AppLoader loader, ConfigWriter writer, ITerminal terminal) : DexCommand<JsonObject>
{
    readonly AppArguments _arguments = new();
    readonly Option<bool> _static = new("--static") { Description = "Leave values of other systems as their expressions; nothing is looked up or run" };
    readonly Option<bool> _write = new("--write") { Description = "Write the values of --set into dex.yaml, into the environment of --env when given" };
    readonly Option<bool> _yaml = new("--yaml") { Description = "Print YAML, which is what is printed without --json" };

    public override string Example => "config show --env prod --static";

    protected override JsonTypeInfo<JsonObject> Json => ConfigJson.Default.JsonObject;

    public override void Configure(Command command)
    {
        command.Add(_arguments.Path);
        command.Add(_arguments.Environment);
        command.Add(_arguments.Set);
        command.Add(_static);
        command.Add(_write);
        command.Add(_yaml);
    }

    protected override async Task<JsonObject> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var folder = loader.FindFolder(parse.GetValue(_arguments.Path));
        var environment = parse.GetValue(_arguments.Environment);
        var set = parse.GetValue(_arguments.Set) ?? [];
        var isStatic = parse.GetValue(_static);
        var write = parse.GetValue(_write);
        if (write && set.Length == 0) throw AppErrors.NothingToWrite();
        var app = await loader.LoadAsync(folder, new AppRequest(environment, set, isStatic), cancellationToken);
        var shown = await app.Resolved.ToJsonAsync(compute: !isStatic, cancellationToken);
        // Only what resolves is written.
        if (write) terminal.Note($"wrote {await writer.SetAsync(app, environment, set, cancellationToken)}");
        return shown;
    }

    protected override void Render(JsonObject result, ITerminal terminal) => terminal.Output.Write(System.Text.Encoding.UTF8.GetBytes(YamlWriter.ToString(result)));
}
