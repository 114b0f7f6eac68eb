using Dex.App;

namespace Dex.Tests.Build;

/// <summary>What cannot be built is shown at the key of dex.yaml that asks for it, with the next step.</summary>
public sealed class BuildErrorPlaceTests : IDisposable
{
    readonly BuildWorkspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("DEX2003", 5, "paths are relative", "dotnet: Nowhere.csproj")]
    [InlineData("DEX2003", 5, "paths are relative", "dockerfile: Nowhere")]
    [InlineData("DEX2003", 6, "paths are relative", "dockerfile: Dockerfile", "context: nowhere")]
    [InlineData("DEX2003", 6, "paths are relative", "dockerfile: Dockerfile", "secrets: { token: nowhere }")]
    [InlineData("DEX2004", 5, "<OutputType>Exe</OutputType>", "dotnet: Library.csproj")]
    [InlineData("DEX2005", 5, "entrypoint: [node, server.js]", "bundle: { include: [server.js] }")]
    [InlineData("DEX2006", 5, "check the path", "bundle: { entrypoint: [node, missing.js] }")]
    [InlineData("DEX2007", 5, "globs start at", "bundle: { entrypoint: [node, server.js], include: [nothing] }")]
    [InlineData("DEX2008", 5, "install `no-such-program`", "bundle: { run: [no-such-program], entrypoint: [node, server.js] }")]
    [InlineData("DEX2001", 5, "fix the lines above", "bundle: { run: [sh, -c, exit 3], entrypoint: [node, server.js] }")]
    public async Task It_is_shown_where_it_is_asked_for(string code, int line, string help, params string[] build)
    {
        _workspace.App(
            "app",
            ("server.js", "1"),
            ("Dockerfile", "FROM scratch\n"),
            ("Directory.Build.props", "<Project />"),
            ("Directory.Packages.props", "<Project />"),
            ("Library.csproj", """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>"""),
            ("dex.yaml", $"name: shop\nservices:\n  web:\n    build:\n      {string.Join("\n      ", build)}\n"));
        var run = await _workspace.RunAsync("build", "app");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains($"error[{code}]", run.Error, StringComparison.Ordinal);
        Assert.Contains($"app/dex.yaml:{line}:", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{line}│       {build[^1]}", run.Error, StringComparison.Ordinal);
        Assert.Contains(help, run.Error, StringComparison.Ordinal);
    }
}
