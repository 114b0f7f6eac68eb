using Dex.Features.Build;
using Dex.Yaml;

namespace Dex.Tests.Build;

public sealed class DotnetTests : IDisposable
{
    const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework></PropertyGroup>
          <ItemGroup><ProjectReference Include="../Lib/Lib.csproj" /></ItemGroup>
        </Project>
        """;

    const string Library = """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>""";

    readonly BuildWorkspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task A_project_becomes_an_image_that_starts_with_dotnet_and_does_not_depend_on_its_folder()
    {
        var build = new BuildConfig { Dotnet = "App/App.csproj" };
        var one = await _workspace.BuildAsync(Sources("one"), build);
        using var other = new BuildWorkspace();
        var folder = Sources("elsewhere/two");
        var two = await other.BuildAsync(folder, build);
        Assert.False(two.Cached);
        Assert.Equal(one.Digest, two.Digest);
        var manifest = _workspace.Layout.ReadJson(one.Digest);
        var config = _workspace.Layout.ReadJson((string)manifest["config"]!["digest"]!);
        Assert.Equal("""["dotnet","App.dll"]""", config["config"]!["Entrypoint"]!.ToJsonString());
        Assert.Equal("/app", (string?)config["config"]!["WorkingDir"]);
        Assert.Equal("mcr.microsoft.com/dotnet/aspnet:10.0", (string?)manifest["annotations"]!["org.opencontainers.image.base.name"]);
        Assert.Equal(["App", "Directory.Build.props", "Directory.Packages.props", "Lib", "bin", "obj"],
            Directory.EnumerateFileSystemEntries(folder).Concat(Directory.EnumerateDirectories(Path.Combine(folder, "App"))).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        BuildWorkspace.Write(folder, "Lib/Lib.cs", "public static class Lib { public static string Text => \"changed\"; }");
        var three = await other.BuildAsync(folder, build);
        Assert.Equal("Lib/Lib.cs changed", three.Reason);
        Assert.NotEqual(two.Digest, three.Digest);
        Assert.Equal("unchanged", (await other.BuildAsync(folder, build)).Reason);
    }

    [Fact]
    public async Task A_compile_error_shows_the_compilers_own_lines_and_nothing_else()
    {
        var folder = Sources("broken");
        BuildWorkspace.Write(folder, "App/Program.cs", "System.Console.WriteLine(missing);\nint x = \"text\";\n");
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => _workspace.BuildAsync(folder, new BuildConfig { Dotnet = "App/App.csproj" }));
        var diagnostic = Assert.Single(error.Diagnostics);
        Assert.Equal("DEX2001", diagnostic.Code);
        Assert.Collection(
            diagnostic.Details,
            line => Assert.StartsWith("App/Program.cs(1,26): error CS0103:", line, StringComparison.Ordinal),
            line => Assert.StartsWith("App/Program.cs(2,9): error CS0029:", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_library_is_refused()
    {
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => _workspace.BuildAsync(Sources("lib"), new BuildConfig { Dotnet = "Lib/Lib.csproj" }));
        Assert.Equal("DEX2004", error.Diagnostics[0].Code);
    }

    [Fact]
    public async Task A_project_that_is_not_there_is_named()
    {
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => _workspace.BuildAsync(Sources("none"), new BuildConfig { Dotnet = "Web/Web.csproj" }));
        Assert.Equal("DEX2003", error.Diagnostics[0].Code);
        Assert.Contains("`Web/Web.csproj`", error.Diagnostics[0].Title, StringComparison.Ordinal);
    }

    string Sources(string name) => _workspace.App(
        name,
        ("Directory.Build.props", "<Project />"),
        ("Directory.Packages.props", "<Project />"),
        ("App/App.csproj", Project),
        ("App/Program.cs", "System.Console.WriteLine(Lib.Text);"),
        ("Lib/Lib.csproj", Library),
        ("Lib/Lib.cs", "public static class Lib { public static string Text => \"text\"; }"));
}
