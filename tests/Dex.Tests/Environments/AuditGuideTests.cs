using System.Text.RegularExpressions;
using Dex.Kubernetes.Model;
using Dex.Tests.Apply;
using Dex.Tests.Architecture;

namespace Dex.Tests.Environments;

/// <summary>Executes the guide on regulated environments, as a user who has the rights that it gives and no other.</summary>
public sealed partial class AuditGuideTests
{
    [Fact]
    public async Task The_guide_does_what_it_says()
    {
        await using var cluster = await IsolationCluster.StartAsync();
        await cluster.CreateNamespaceAsync("team-shop");
        cluster.AddUser("ann");
        var folder = Directory.CreateDirectory(Path.Combine(cluster.Home, "shop")).FullName;
        var first = new Dictionary<string, string>();
        var commands = 0;
        foreach (Match block in Blocks().Matches(await File.ReadAllTextAsync(Repository.PathOf("docs", "guides", "regulated-environments.md"), TestContext.Current.CancellationToken)))
        {
            var (argument, body) = (block.Groups["argument"].Value, block.Groups["body"].Value);
            if (block.Groups["kind"].Value == "console")
            {
                if (argument.StartsWith("restore=", StringComparison.Ordinal)) Write(folder, argument["restore=".Length..], first[argument["restore=".Length..]]);
                await RunAsync(cluster, folder, body.TrimEnd().Split('\n'), argument.StartsWith("exit=", StringComparison.Ordinal) ? int.Parse(argument["exit=".Length..]) : 0);
                commands++;
            }
            else if (argument == "admin")
            {
                foreach (var obj in ApplyCluster.Objects(body)) await cluster.CreateAsync(obj.ToJsonString());
            }
            else
            {
                first.TryAdd(argument["file=".Length..], body);
                Write(folder, argument["file=".Length..], body);
            }
        }

        Assert.Equal(7, commands);
        Assert.DoesNotContain(await cluster.ListAsync("v1", "Namespace"), ns => ns.Name() == "dex-system");
    }

    static async Task RunAsync(IsolationCluster cluster, string folder, string[] lines, int exitCode)
    {
        Assert.StartsWith("$ dex ", lines[0], StringComparison.Ordinal);
        var run = await cluster.RunAsync(folder, lines[0]["$ dex ".Length..].Split(' '));
        Assert.True((int)run.ExitCode == exitCode, $"{lines[0]} exited with {run.ExitCode}: {run.Output}{run.Error}");
        if (exitCode != 0) Assert.Contains("DEX4301", run.Error);
        Assert.Matches(Pattern(lines[1..]), run.Output.TrimEnd());
    }

    /// <summary>A line of an ellipsis stands for any lines or none, an ellipsis in a line for what differs from run to run.</summary>
    static string Pattern(IEnumerable<string> lines) => $"^{string.Join("\n", lines.Select(line => line == "…" ? AnyLines : Pattern(line))).Replace($"{AnyLines}\n", $"({AnyLines}\n)?", StringComparison.Ordinal)}$";

    const string AnyLines = "(.|\n)*";

    static string Pattern(string line) =>
        string.Join(" +", line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => Regex.Escape(word).Replace("…", ".*", StringComparison.Ordinal)));

    static void Write(string folder, string file, string text)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    [GeneratedRegex("```(?<kind>yaml|console) ?(?<argument>[^\n]*)\n(?<body>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Blocks();
}
