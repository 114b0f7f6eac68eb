using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Features.Config;
using Dex.Terminal;

namespace Dex.Features.Build;

sealed class BuildCommand(AppLoader loader, AppBuilder builder, Host host) : DexCommand<BuildReport>
{
    readonly Argument<string?> _path = new("PATH") { Description = "The app's folder (default: the nearest dex.yaml upward)", Arity = ArgumentArity.ZeroOrOne };
    readonly Option<string?> _environment = new("--env") { Description = "The environment whose configuration is built", HelpName = "E" };
    readonly Option<string[]> _platforms = new("--platforms")
    {
        Description = "Build for these platforms, for example linux/amd64,linux/arm64",
        HelpName = "P",
        AllowMultipleArgumentsPerToken = true,
    };
    readonly Option<bool> _push = new("--push") { Description = "Put the images on their bases and push them to the cluster's registry" };
    readonly Option<string?> _images = new("--images") { Description = "Write the images' digests to this file, for `--images` of up, deploy, diff and render", HelpName = "FILE" };
    readonly Option<bool> _explain = new("--explain") { Description = "Name every input that changed since the last build" };
    readonly Option<bool> _force = new("--force") { Description = "Build although nothing changed" };

    public override string Example => "build --env prod --push --images images.json";

    protected override JsonTypeInfo<BuildReport> Json => BuildJson.Default.BuildReport;

    public override void Configure(Command command)
    {
        command.Arguments.Add(_path);
        foreach (var option in new Option[] { _environment, _platforms, _push, _images, _explain, _force }) command.Options.Add(option);
    }

    protected override async Task<BuildReport> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var app = await loader.LoadAsync(loader.FindFolder(parse.GetValue(_path)), parse.GetValue(_environment), [], cancellationToken);
        var request = new AppBuildRequest(app.Config, app.Folder)
        {
            Platforms = [.. (parse.GetValue(_platforms) ?? []).SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries))],
            Push = parse.GetValue(_push) ? Push.Yes : Push.No,
            Explain = parse.GetValue(_explain),
            Force = parse.GetValue(_force),
            Locate = app.PlaceOf,
        };
        var report = await builder.BuildAsync(request, cancellationToken);
        if (parse.GetValue(_images) is { } file) await ImagesFile.WriteAsync(Path.GetFullPath(file, host.CurrentDirectory), report, cancellationToken);
        return report;
    }

    protected override void Render(BuildReport result, ITerminal terminal)
    {
        var table = new Table("NAME", "IMAGE", "STATE", "REASON");
        foreach (var (name, image) in result.Images) table.Row(name, image.Reference, image.Cached ? "cached" : "built", image.Reason);
        if (!table.IsEmpty) terminal.Write(table);
        foreach (var (name, image) in result.Images)
        {
            foreach (var change in image.Changes ?? []) terminal.WriteLine($"{name}: {change}");
        }
    }
}
