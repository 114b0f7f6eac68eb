using System.Text;
using Dex.Yaml;

namespace Dex.Terminal;

/// <summary>Diagnostics as lines, in colour or without.</summary>
static class DiagnosticPainter
{
    const int Red = 31, Yellow = 33, Blue = 34, Cyan = 36;

    /// <summary>The lines of the frame; without colour exactly what <see cref="DiagnosticRenderer.Render(Diagnostic)"/> gives.</summary>
    public static IEnumerable<string> Lines(Diagnostic diagnostic, bool colour)
    {
        if (!colour) return DiagnosticRenderer.Render(diagnostic).TrimEnd('\n').Split('\n');
        var main = diagnostic.Severity == Severity.Warning ? Yellow : Red;
        return DiagnosticRenderer.Lines(diagnostic).Select(line => Line(line, main));
    }

    static string Line(IReadOnlyList<DiagnosticSegment> line, int main)
    {
        var text = new StringBuilder();
        foreach (var segment in line)
        {
            var style = segment.Tone switch
            {
                DiagnosticTone.Severity or DiagnosticTone.Marker => $"1;{main}",
                DiagnosticTone.Title => "1",
                DiagnosticTone.Frame or DiagnosticTone.SecondMarker => $"{Blue}",
                DiagnosticTone.Help => $"{Cyan}",
                _ => null,
            };
            text.Append(style is null ? segment.Text : $"\e[{style}m{segment.Text}\e[0m");
        }

        return text.ToString();
    }
}
