using System.Globalization;
using System.Text.RegularExpressions;
using Dex.Yaml;

namespace Dex.Features.Build.Dockerfiles;

/// <summary>Finds the line of a Dockerfile that a builder complains about, in the forms of BuildKit's releases.</summary>
static partial class DockerfilePlace
{
    /// <summary>The place, or null when the output names none.</summary>
    /// <param name="dockerfile">The file, absolute.</param>
    /// <param name="shown">Its name for the user.</param>
    /// <param name="output">What the builder said.</param>
    public static SourceSpan? Of(string dockerfile, string shown, string output)
    {
        var lines = File.ReadAllLines(dockerfile);
        var number = Named(Path.GetFileName(dockerfile), output) ?? OfStep(lines, output);
        if (number is not { } at || at < 1 || at > lines.Length) return null;
        var text = lines[at - 1];
        var indent = text.Length - text.TrimStart().Length;
        return new SourceSpan(shown, at, indent + 1, 0, Math.Max(1, text.TrimEnd().Length - indent));
    }

    /// <summary>"Dockerfile:3" on a line of its own before the excerpt, or "parse error on line 3".</summary>
    static int? Named(string file, string output)
    {
        foreach (Match match in Place().Matches(output))
        {
            if (match.Groups["file"].Success && match.Groups["file"].Value != file) continue;
            return int.Parse(match.Groups["line"].Value, CultureInfo.InvariantCulture);
        }

        return null;
    }

    /// <summary>Older releases repeat the failed step alone: <c> &gt; [2/3] RUN make:</c>.</summary>
    static int? OfStep(string[] lines, string output)
    {
        if (Step().Match(output) is not { Success: true } match) return null;
        var words = Words(match.Groups["step"].Value);
        var found = Array.FindIndex(lines, line => Words(line) is { Length: > 0 } own && words.StartsWith(own.TrimEnd('\\').TrimEnd(), StringComparison.OrdinalIgnoreCase));
        return found < 0 ? null : found + 1;
    }

    static string Words(string text) => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    [GeneratedRegex(@"^(?<file>[^\s:/]+):(?<line>\d+)\r?$|parse error (on )?line (?<line>\d+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Place();

    [GeneratedRegex(@"^ > \[[^\]]*\] (?<step>.+):\s*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Step();
}
