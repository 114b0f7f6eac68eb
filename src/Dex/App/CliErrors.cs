using System.CommandLine;
using Dex.Yaml;

namespace Dex.App;

/// <summary>The errors of the command line itself.</summary>
static class CliErrors
{
    public static UserError Usage(string name, ParseResult parsed)
    {
        var title = parsed.Errors[0].Message.TrimEnd('.').Replace('\'', '`');
        var command = parsed.CommandResult.Command;
        var path = command is RootCommand ? name : $"{name} {Path(parsed)}";
        var unknown = parsed.UnmatchedTokens.FirstOrDefault();
        var near = unknown is null ? null : Nearest(unknown, command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name));
        return new UserError(ExitCode.Usage, new Diagnostic("DEX6001", char.ToLowerInvariant(title[0]) + title[1..])
        {
            Help = near is null ? $"see `{path} --help`" : $"did you mean `{path} {near}`?",
        });
    }

    public static UserError Cancelled() => new(ExitCode.Cancelled, new Diagnostic("DEX6002", "stopped by you")
    {
        Help = "run the same command again to go on from here",
    });

    public static UserError Bug(Exception failure, string? logFile) => new(ExitCode.Bug, new Diagnostic("DEX6070", $"dex has a bug: {failure.GetType().Name}: {failure.Message}")
    {
        Help = logFile is null ? "please report it" : $"please report it with the log file {logFile}",
    });

    public static UserError Disk(Exception failure, string dexHome) => new(ExitCode.Failed, new Diagnostic("DEX6003", failure.Message.TrimEnd('.'))
    {
        Help = $"dex keeps its state under `{dexHome}`: make it writable and free some space, or set DEX_HOME to another folder",
    });

    static string Path(ParseResult parsed)
    {
        var words = new List<string>();
        for (var result = parsed.CommandResult; result is { Command: not RootCommand }; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            words.Insert(0, result.Command.Name);
        }

        return string.Join(' ', words);
    }

    static string? Nearest(string word, IEnumerable<string> names) =>
        names.Select(name => (Name: name, Distance: Distance(word, name)))
            .Where(candidate => candidate.Distance <= Math.Max(1, word.Length / 3))
            .OrderBy(candidate => candidate.Distance)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();

    /// <summary>The Levenshtein distance.</summary>
    static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = left[i - 1] == right[j - 1] ? diagonal : diagonal + 1;
                diagonal = row[j];
                row[j] = Math.Min(cost, Math.Min(row[j] + 1, row[j - 1] + 1));
            }
        }

        return row[^1];
    }
}
