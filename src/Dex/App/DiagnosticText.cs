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
            var warning = diagnostic.Severity == Severity.Warning;
            terminal.Problem($"{(warning ? "warning" : "error")}[{diagnostic.Code}]: {diagnostic.Title}", warning);
            foreach (var label in diagnostic.Labels) terminal.Note($"  ┌─ {label.Span}  {label.Text}");
            foreach (var line in diagnostic.Details) terminal.Note($"  {line}");
            if (diagnostic.Help is not null) terminal.Note($"  = help: {diagnostic.Help}");
        }
    }
}
