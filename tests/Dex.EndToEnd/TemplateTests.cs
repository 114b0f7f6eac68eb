namespace Dex.EndToEnd;

/// <summary>Every template goes from nothing to an answer, where its language's runtime is on the machine.</summary>
public sealed class TemplateTests : IAsyncLifetime
{
    readonly DexBinary _dex = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _dex.DisposeAsync();

    [Theory]
    [InlineData("aspnet", "dotnet")]
    [InlineData("node", "node")]
    [InlineData("python", "python3")]
    [InlineData("static", "dotnet")]
    [InlineData("worker", "dotnet")]
    public async Task A_new_app_goes_up_and_down(string template, string runtime)
    {
        Assert.SkipUnless(DexBinary.OnPath(runtime), $"needs {runtime} on PATH");
        await _dex.OkAsync("new", "fresh", "--template", template);
        var folder = Path.Combine(_dex.Folder, "fresh");
        var run = await _dex.RunInAsync(folder, "up", "--json");
        Assert.True(run.ExitCode == 0, $"{run.Output}\n{run.Error}");
        Assert.All(run.Json.GetProperty("services").EnumerateArray(), service => Assert.True(service.GetProperty("ready").GetBoolean()));
        if (run.Json.GetProperty("url").GetString() is { } url) Assert.Equal(200, (await Web.GetAsync(url)).Status);
        else Assert.Equal("worker", template);

        var down = await _dex.RunInAsync(folder, "down", "--json");
        Assert.Equal("clean", down.Json.GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task A_missing_runtime_is_named()
    {
        await _dex.OkAsync("new", "fresh", "--template", "python");
        using var process = _dex.StartWith("PATH", PathWithout("python3"), Path.Combine(_dex.Folder, "fresh"), "up", "--timeout", "30s");
        var run = await DexBinary.EndAsync(process);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("python3", run.Error);
    }

    /// <summary>A PATH on which everything is found but one program.</summary>
    string PathWithout(string program)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_dex.Folder, "bin")).FullName;
        foreach (var tool in Environment.GetEnvironmentVariable("PATH")!.Split(':').Where(Directory.Exists).SelectMany(Directory.GetFiles))
        {
            var link = Path.Combine(folder, Path.GetFileName(tool));
            if (!Path.GetFileName(tool).StartsWith(program, StringComparison.Ordinal) && !File.Exists(link)) File.CreateSymbolicLink(link, tool);
        }

        return folder;
    }
}
