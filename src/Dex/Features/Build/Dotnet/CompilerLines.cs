using System.Text.RegularExpressions;
using Dex.Processes;

namespace Dex.Features.Build.Dotnet;

/// <summary>Picks what matters from the output of a failed build.</summary>
static partial class CompilerLines
{
    const int Most = 20;

    /// <summary>The error lines, each once, with paths as the user would write them; without any, the end of the output.</summary>
    public static IReadOnlyList<string> From(ProcessResult result, string appFolder)
    {
        var lines = (result.Output + result.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var errors = lines.Where(line => ErrorLine().IsMatch(line))
            .Select(line => ProjectSuffix().Replace(line, "").Replace(appFolder + "/", "", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return errors.Count > 0 ? [.. errors.Take(Most)] : [.. lines.TakeLast(Most)];
    }

    /// <summary>Whether the C#, F# or Visual Basic compiler refused the sources.</summary>
    public static bool AreIn(ProcessResult result) => CompilerError().IsMatch(result.Output);

    [GeneratedRegex(@": error (CS|FS|BC)\d+:", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CompilerError();

    /// <summary>MSBuild's canonical format: origin, colon, "error", a code.</summary>
    [GeneratedRegex(@"(^|: )error( \w+)?\s?:", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ErrorLine();

    [GeneratedRegex(@" \[[^\]]+proj(::[^\]]*)?\]$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ProjectSuffix();
}
