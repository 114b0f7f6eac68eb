using Dex.Yaml;

namespace Dex.App;

/// <summary>Shows the lines that a failure points at when whoever found it no longer had the text.</summary>
static class Excerpts
{
    /// <summary>Adds the lines of files that can be read; places are as the user would write them, from where the user stands.</summary>
    public static IReadOnlyList<Diagnostic> Add(IReadOnlyList<Diagnostic> diagnostics, string currentDirectory)
    {
        var missing = diagnostics.SelectMany(diagnostic => diagnostic.Labels)
            .Where(label => label.SourceLine is null && label.Span.Line > 0)
            .Select(label => label.Span.File)
            .Distinct(StringComparer.Ordinal);
        var sources = missing.Select(file => Read(file, currentDirectory)).OfType<SourceText>().ToList();
        return sources.Count == 0 ? diagnostics : [.. diagnostics.Select(diagnostic => sources.Aggregate(diagnostic, (current, source) => current.WithSource(source)))];
    }

    static SourceText? Read(string file, string currentDirectory)
    {
        try
        {
            return new SourceText(file, File.ReadAllText(Path.GetFullPath(file, currentDirectory)));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // the place alone is shown
        }
    }
}
