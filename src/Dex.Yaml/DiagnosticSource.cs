namespace Dex.Yaml;

/// <summary>Gives diagnostics the lines they point at, so that they can be shown when the text is gone.</summary>
public static class DiagnosticSource
{
    /// <summary>Adds the excerpt to every label that points into this text and has none yet.</summary>
    public static Diagnostic WithSource(this Diagnostic diagnostic, SourceText source) => diagnostic with
    {
        Labels = [.. diagnostic.Labels.Select(label => label.SourceLine is null && label.Span.File == source.File && label.Span.Line > 0
            ? label with { SourceLine = source.Line(label.Span.Line) }
            : label)],
    };
}
