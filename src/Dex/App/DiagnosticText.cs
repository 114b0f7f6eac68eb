using Dex.Terminal;
using Dex.Yaml;

namespace Dex.App;

/// <summary>Diagnostics for people.</summary>
internal static class DiagnosticText
{
    public static void Write(IReadOnlyList<Diagnostic> diagnostics, ITerminal terminal)
    {
        foreach (var diagnostic in diagnostics)
        {
            var lines = DiagnosticRenderer.Lines(diagnostic).Select(line => string.Concat(line.Select(segment => segment.Text)).TrimEnd()).ToList();
            terminal.Problem(lines[0], diagnostic.Severity == Severity.Warning);
            foreach (var line in lines.Skip(1)) terminal.Note(line);
        }
    }
}
