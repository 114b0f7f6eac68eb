using System.Text;

namespace Dex.Yaml;

/// <summary>What a stretch of a rendered diagnostic is, so that a terminal can colour it.</summary>
public enum DiagnosticTone
{
    /// <summary>Ordinary text.</summary>
    Plain,

    /// <summary>The severity and code.</summary>
    Severity,

    /// <summary>The title.</summary>
    Title,

    /// <summary>The frame and line numbers.</summary>
    Frame,

    /// <summary>The marker of the most important place, with its words.</summary>
    Marker,

    /// <summary>The markers of further places.</summary>
    SecondMarker,

    /// <summary>The next step.</summary>
    Help,
}

/// <summary>A stretch of one rendered line.</summary>
public readonly record struct DiagnosticSegment(string Text, DiagnosticTone Tone);

/// <summary>Shows a diagnostic as a frame: title, places with their source lines and markers, help.</summary>
public static class DiagnosticRenderer
{
    const int MaxLineWidth = 160;

    /// <summary>The frames of several diagnostics, divided by empty lines, without colour.</summary>
    public static string Render(IReadOnlyList<Diagnostic> diagnostics) => string.Join('\n', diagnostics.Select(Render));

    /// <summary>The frame as text without colour, each line ending in a line break.</summary>
    public static string Render(Diagnostic diagnostic)
    {
        var text = new StringBuilder();
        foreach (var line in Lines(diagnostic))
        {
            var start = text.Length;
            foreach (var segment in line) text.Append(segment.Text);
            while (text.Length > start && text[^1] == ' ') text.Length--;
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The frame as lines of segments. A place is one segment, so that it is never broken.</summary>
    public static IReadOnlyList<IReadOnlyList<DiagnosticSegment>> Lines(Diagnostic diagnostic)
    {
        var severity = diagnostic.Severity == Severity.Warning ? "warning" : "error";
        List<IReadOnlyList<DiagnosticSegment>> lines = [[new($"{severity}[{diagnostic.Code}]", DiagnosticTone.Severity), new($": {diagnostic.Title}", DiagnosticTone.Title)]];
        var places = diagnostic.Labels.Where(l => l.Span.Line > 0).ToList();
        var gutter = places.Count == 0 ? 2 : places.Max(l => l.Span.Line).ToString().Length;
        foreach (var file in places.Select(l => l.Span.File).Distinct(StringComparer.Ordinal).ToList())
        {
            var labels = places.Where(l => l.Span.File == file).ToList();
            lines.Add([new($"{new string(' ', gutter)}┌─ ", DiagnosticTone.Frame), new(labels[0].Span.ToString(), DiagnosticTone.Plain)]);
            File(lines, labels, places[0], gutter);
        }

        foreach (var detail in diagnostic.Details) lines.Add([new($"{new string(' ', gutter)}= ", DiagnosticTone.Frame), new(detail, DiagnosticTone.Plain)]);
        if (diagnostic.Help is not null) Help(lines, diagnostic.Help, gutter);
        Help(lines, $"dex explain {diagnostic.Code}", gutter);
        return lines;
    }

    static void Help(List<IReadOnlyList<DiagnosticSegment>> lines, string text, int gutter) =>
        lines.Add([new($"{new string(' ', gutter)}= ", DiagnosticTone.Frame), new($"help: {text}", DiagnosticTone.Help)]);

    static void File(List<IReadOnlyList<DiagnosticSegment>> lines, List<Label> labels, Label primary, int gutter)
    {
        var last = 0;
        foreach (var label in labels.OrderBy(l => l.Span.Line).ThenBy(l => l.Span.Column))
        {
            var span = label.Span;
            if (label.SourceLine is { } source)
            {
                var (excerpt, column) = Excerpt(source, span.Column);
                if (last != 0 && span.Line > last + 1) lines.Add([new($"{new string(' ', gutter)}⋮", DiagnosticTone.Frame)]);
                if (span.Line != last) lines.Add([new($"{span.Line.ToString().PadLeft(gutter)}│ ", DiagnosticTone.Frame), new(excerpt, DiagnosticTone.Plain)]);
                var length = Math.Max(1, Math.Min(span.Length, excerpt.Length - column + 1));
                var marker = new string(ReferenceEquals(label, primary) ? '^' : '-', length);
                lines.Add([
                    new($"{new string(' ', gutter)}│ {new string(' ', column - 1)}", DiagnosticTone.Frame),
                    new($"{marker} {label.Text}".TrimEnd(), ReferenceEquals(label, primary) ? DiagnosticTone.Marker : DiagnosticTone.SecondMarker)]);
            }
            else if (label.Text.Length > 0)
            {
                lines.Add([new($"{new string(' ', gutter)}│ ", DiagnosticTone.Frame), new($"{span.Line}:{span.Column} {label.Text}", DiagnosticTone.Plain)]);
            }

            last = span.Line;
        }
    }

    /// <summary>A line fit to show: no control characters, and of a very long line only what is near the place.</summary>
    static (string Text, int Column) Excerpt(string source, int column)
    {
        var clean = string.Create(source.Length, source, (target, text) =>
        {
            for (var i = 0; i < text.Length; i++) target[i] = char.IsControl(text[i]) || text[i] is '\u2028' or '\u2029' ? ' ' : text[i];
        });
        if (clean.Length <= MaxLineWidth) return (clean, Math.Max(1, column));
        var start = Math.Clamp(column - 60, 0, clean.Length - 1);
        var length = Math.Min(MaxLineWidth, clean.Length - start);
        return ((start > 0 ? "…" : "") + clean.Substring(start, length), Math.Max(1, column - start + (start > 0 ? 1 : 0)));
    }
}
