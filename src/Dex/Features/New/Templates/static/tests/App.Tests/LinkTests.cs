using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace App.Tests;

public sealed partial class LinkTests
{
    private static readonly string Root = Path.GetFullPath("../../src/App/wwwroot", Folder());

    public static TheoryData<string> Pages => [.. Directory.GetFiles(Root, "*.html", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(Root, file))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_relative_link_leads_to_a_file(string page)
    {
        var file = Path.Combine(Root, page);
        foreach (Match link in Link().Matches(File.ReadAllText(file)))
        {
            var target = link.Groups["target"].Value;
            if (target.Contains(':') || target.StartsWith('#')) continue;
            var path = target.StartsWith('/') ? Path.Combine(Root, target[1..]) : Path.Combine(Path.GetDirectoryName(file)!, target);
            Assert.True(File.Exists(path.Split('?', '#')[0]), $"{page} links to {target}, which is not there");
        }
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    [GeneratedRegex("(href|src)=\"(?<target>[^\"]+)\"")]
    private static partial Regex Link();
}
