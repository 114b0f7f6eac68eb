using System.Xml.Linq;

namespace Dex.Tests.Architecture;

public sealed class ProjectTests
{
    static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Dex.Yaml"] = ["YamlDotNet"],
        ["Dex.Config"] = ["Dex.Yaml"],
        ["Dex.Kubernetes"] = ["Dex.Yaml"],
        ["Dex.Apply"] = ["Dex.Kubernetes"],
        ["Dex.LocalCluster"] = ["Dex.Kubernetes", "Microsoft.AspNetCore.App", "Microsoft.Data.Sqlite", "SQLitePCLRaw.bundle_e_sqlite3"],
        ["Dex"] = ["Dex.Yaml", "Dex.Config", "Dex.Kubernetes", "Dex.Apply", "Dex.LocalCluster", "System.CommandLine"],
        ["Dex.Testing"] = ["Dex", "xunit.v3.assert"],
        ["Dex.Cli"] = ["Dex"],
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_uses_what_the_architecture_lists_and_nothing_else(string project)
    {
        var file = XDocument.Load(Repository.PathOf("src", project, project + ".csproj"));
        var used = file.Descendants()
            .Where(element => element.Name.LocalName is "ProjectReference" or "PackageReference" or "FrameworkReference")
            .Select(element => Path.GetFileNameWithoutExtension((string)element.Attribute("Include")!) is var name && element.Name.LocalName == "ProjectReference"
                ? name
                : (string)element.Attribute("Include")!);
        Assert.Empty(used.Except(Allowed[project]));
    }

    [Fact]
    public void Every_project_is_listed()
    {
        var there = Directory.GetDirectories(Repository.PathOf("src")).Select(Path.GetFileName);
        Assert.Equal(Allowed.Keys.Order(), there.Order());
    }

    [Fact]
    public void Nothing_is_named_after_nothing_in_particular()
    {
        string[] empty = ["Core", "Common", "Utils", "Shared", "Helpers"];
        var named = Directory.EnumerateDirectories(Repository.PathOf("src"), "*", SearchOption.AllDirectories)
            .Where(folder => empty.Contains(Path.GetFileName(folder)) && !folder.Contains("/obj/"));
        Assert.Empty(named);
    }

    [Fact]
    public void Every_project_has_a_lock_file() =>
        Assert.All(
            new[] { "src", "tests", "bench" }.SelectMany(part => Directory.GetDirectories(Repository.PathOf(part))).Where(folder => Directory.GetFiles(folder, "*.csproj").Length > 0),
            folder => Assert.True(File.Exists(Path.Combine(folder, "packages.lock.json")), folder));
}
