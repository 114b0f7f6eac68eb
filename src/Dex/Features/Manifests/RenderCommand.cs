using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Features.Config;
using Dex.Terminal;
using Dex.Yaml;

namespace Dex.Features.Manifests;

sealed class RenderCommand(AppLoader loader, AppRenderer renderer, Host host, ITerminal terminal) : DexCommand<RenderResult>
{
    readonly Argument<string?> _path = new("PATH") { Description = "The app's folder (default: the nearest dex.yaml upward)", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _environment = new("--env") { Description = "The environment whose configuration is rendered", HelpName = "E" };
    readonly Option<string[]> _set = new("--set") { Description = "Another value for a key: path=value", HelpName = "PATH=VALUE" };
    readonly Option<string?> _namespace = new("--namespace") { Description = "The namespace of the objects", HelpName = "N" };
    readonly Option<string?> _images = new("--images") { Description = "Take these images, as `dex build --images` wrote them, instead of building", HelpName = "FILE" };
    readonly Option<string> _output = new("--output") { Description = "yaml, json, or the folder to write a file per object to", HelpName = "yaml|json|DIR", DefaultValueFactory = _ => "yaml" };
    readonly Option<bool> _explain = new("--explain") { Description = "Say for each object which lines and which defaults made it" };
    readonly Option<bool> _showSecrets = new("--show-secrets") { Description = "Show the values of Secrets instead of ***" };
    bool _asJson;

    public override string Example => "render --env prod --explain";

    protected override JsonTypeInfo<RenderResult> Json => RenderJson.Default.RenderResult;

    public override void Configure(Command command)
    {
        command.Arguments.Add(_path);
        foreach (var option in new Option[] { _environment, _set, _namespace, _images, _output, _explain, _showSecrets }) command.Options.Add(option);
    }

    protected override async Task<RenderResult> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var rendered = await renderer.RenderAsync(
            new RenderRequest(loader.FindFolder(parse.GetValue(_path)))
            {
                Environment = parse.GetValue(_environment),
                Set = parse.GetValue(_set) ?? [],
                Namespace = parse.GetValue(_namespace),
                Images = parse.GetValue(_images) is { } file ? Path.GetFullPath(file, host.CurrentDirectory) : null,
                ShowSecrets = parse.GetValue(_showSecrets),
            },
            cancellationToken);
        foreach (var warning in rendered.Rendering.Warnings) terminal.Problem($"warning[{warning.Code}]: {warning.Title}", warning: true);
        if (parse.GetValue(_explain)) return new RenderResult(null, ObjectExplanation.Of(rendered), null);
        var output = parse.GetRequiredValue(_output);
        _asJson = output == "json";
        if (output is "yaml" or "json") return new RenderResult(rendered.Rendering.Objects, null, null);
        return new RenderResult(null, null, await ManifestFolder.WriteAsync(Path.GetFullPath(output, host.CurrentDirectory), rendered.Rendering.Objects, cancellationToken));
    }

    protected override void Render(RenderResult result, ITerminal terminal)
    {
        foreach (var file in result.Files ?? []) terminal.WriteLine(file);
        foreach (var explanation in result.Explanations ?? []) Write(explanation, terminal);
        if (result.Objects is null) return;
        if (_asJson) terminal.WriteLine(ListOf(result.Objects).ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        else foreach (var item in result.Objects) terminal.WriteLine("---\n" + YamlWriter.ToString(item).TrimEnd('\n'));
    }

    static void Write(ObjectExplanation explanation, ITerminal terminal)
    {
        terminal.WriteLine($"{explanation.Object}  from {explanation.From}");
        foreach (var line in explanation.Lines) terminal.WriteLine($"  {line}");
        foreach (var text in explanation.Defaults) terminal.WriteLine($"  default: {text}");
    }

    static JsonObject ListOf(IReadOnlyList<JsonNode> objects) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "List",
        ["items"] = new JsonArray([.. objects.Select(item => item.DeepClone())]),
    };
}
