using System.Text.RegularExpressions;

namespace Dex.Tests.Architecture;

public sealed partial class ErrorPageTests
{
    [Fact]
    public void Every_error_code_has_a_page_and_every_page_a_code()
    {
        var codes = Directory.EnumerateFiles(Repository.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/"))
            .SelectMany(file => Code().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value))
            .Distinct().Order();
        var pages = Directory.GetFiles(Repository.PathOf("docs", "errors"), "DEX*.md").Select(Path.GetFileNameWithoutExtension).Order();
        Assert.Equal(codes, pages);
    }

    /// <summary>A code in quotes is one that users can see; in comments codes stand without.</summary>
    [GeneratedRegex("\"(DEX\\d{4})\"")]
    private static partial Regex Code();
}
