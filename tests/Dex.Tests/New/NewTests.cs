using System.Text.Json.Nodes;
using Dex.App;
using Dex.Features.Build;
using Dex.Features.Config;
using Dex.Processes;
using Dex.Tests.Build;

namespace Dex.Tests.New;

public sealed class NewTests : IDisposable
{
    readonly BuildWorkspace _workspace = new();

    public static TheoryData<string> Templates => ["aspnet", "node", "python", "static", "worker"];

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [MemberData(nameof(Templates))]
    public async Task A_template_is_complete_valid_and_builds(string template)
    {
        var (exit, folder) = await NewAsync("my-app", "--template", template);
        Assert.Equal(ExitCode.Ok, exit);
        Assert.StartsWith("# yaml-language-server: $schema=.dex/dex.schema.json\n", await File.ReadAllTextAsync(Path.Combine(folder, "dex.yaml")), StringComparison.Ordinal);
        var schema = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, ".dex", "dex.schema.json")))!;
        Assert.Contains("services", schema["properties"]!.AsObject().Select(property => property.Key));
        Assert.True(File.Exists(Path.Combine(folder, ".gitignore")));
        Assert.True(File.Exists(Path.Combine(folder, "README.md")));
        Assert.DoesNotContain(Directory.GetFiles(folder, "*", SearchOption.AllDirectories), file => File.ReadAllText(file).Contains("__NAME__", StringComparison.Ordinal));
        var app = await _workspace.Get<AppLoader>().LoadAsync(folder, null, [], TestContext.Current.CancellationToken);
        Assert.Equal(("my-app", "dev"), (app.Config.Name, app.Environment));
        var images = await _workspace.Builder.BuildAsync(new BuildRequest(app.Config, folder, []), _workspace.Progress, TestContext.Current.CancellationToken);
        Assert.Equal(app.Config.Services.Keys, images.Keys);
    }

    [Theory]
    [InlineData("aspnet", "dotnet", "test", "--project", "tests/App.Tests")]
    [InlineData("static", "dotnet", "test", "--project", "tests/App.Tests")]
    [InlineData("worker", "dotnet", "test", "--project", "tests/App.Tests")]
    [InlineData("node", "node", "--test")]
    [InlineData("python", "python3", "-m", "unittest")]
    public async Task The_tests_of_a_template_pass_with_the_tool_its_readme_names(string template, string program, params string[] arguments)
    {
        var processes = _workspace.Get<ProcessRunner>();
        if (processes.Find(program) is null) Assert.Skip($"needs {program}");
        var (_, folder) = await NewAsync("my-app", "--template", template);
        Assert.Contains($"`{program} {string.Join(' ', arguments)}`", await File.ReadAllTextAsync(Path.Combine(folder, "README.md")), StringComparison.Ordinal);
        var result = await processes.RunAsync(new ProcessRequest(program, arguments) { WorkingDirectory = folder }, TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    [Theory]
    [InlineData("DEX6101", "shop", "--template", "cobol")]
    [InlineData("DEX6103", "My_App")]
    [InlineData("DEX6102", "taken")]
    public async Task What_cannot_be_written_is_refused_and_nothing_is_left(string code, params string[] arguments)
    {
        _workspace.App("taken", ("file", "mine"));
        var before = Entries();
        var run = await _workspace.RunAsync(["new", .. arguments, "--json"]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(code, run.Output, StringComparison.Ordinal);
        Assert.Equal(before, Entries());

        string?[] Entries() => [.. Directory.GetFileSystemEntries(_workspace.Root).Select(Path.GetFileName).Where(name => name != "home").Order(StringComparer.Ordinal)];
    }

    async Task<(ExitCode Exit, string Folder)> NewAsync(params string[] arguments)
    {
        var run = await _workspace.RunAsync(["new", .. arguments]);
        return (run.ExitCode, Path.Combine(_workspace.Root, arguments[0]));
    }
}
