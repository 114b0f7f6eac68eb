using System.Text.RegularExpressions;
using Dex.Testing;
using Dex.Tests.Architecture;

namespace Dex.Tests.Deploy;

/// <summary>Executes a guide: writes its files and compares what its commands print.</summary>
static partial class Guide
{
    /// <summary>How many commands it has; each did what the guide says.</summary>
    public static async Task<int> RunAsync(string guide, string folder, Func<string[], Task<DexRun>> dex)
    {
        var commands = 0;
        foreach (Match block in Blocks().Matches(File.ReadAllText(Repository.PathOf("docs", "guides", guide))))
        {
            var (kind, argument, body) = (block.Groups["kind"].Value, block.Groups["argument"].Value, block.Groups["body"].Value);
            if (kind == "yaml")
            {
                var file = Path.Combine(folder, argument["file=".Length..]);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                await File.WriteAllTextAsync(file, body, TestContext.Current.CancellationToken);
                continue;
            }

            var lines = body.TrimEnd().Split('\n');
            Assert.StartsWith("$ dex ", lines[0], StringComparison.Ordinal);
            var words = Words().Matches(lines[0]["$ dex ".Length..]).Select(word => word.Value.Trim('"')).ToArray();
            var run = await dex(words);
            Assert.True((int)run.ExitCode == (argument.Length > 0 ? int.Parse(argument["exit=".Length..]) : 0), $"{lines[0]} exited with {run.ExitCode}: {run.Error}");
            Assert.True(Regex.IsMatch(run.Output.TrimEnd(), Pattern(lines[1..]), RegexOptions.None, TimeSpan.FromSeconds(5)), $"{lines[0]} printed\n{run.Output}");
            commands++;
        }

        return commands;
    }

    /// <summary>An ellipsis stands for what differs from run to run; columns may be wider then.</summary>
    static string Pattern(string[] lines) => "^" + string.Join("\n", lines.Select(line =>
        string.Join(" +", line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => Regex.Escape(word).Replace("…", "[^ \n]*", StringComparison.Ordinal))).Insert(0, line.StartsWith(' ') ? " +" : ""))) + "$";

    [GeneratedRegex("```(?<kind>yaml|console) ?(?<argument>[^\n]*)\n(?<body>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Blocks();

    [GeneratedRegex("\"[^\"]*\"|[^ ]+", RegexOptions.None, 1000)]
    private static partial Regex Words();
}
