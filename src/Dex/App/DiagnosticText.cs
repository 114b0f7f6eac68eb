using Dex.Terminal;
using Dex.Yaml;

namespace Dex.App;

/// <summary>Diagnostics for people.</summary>
static class DiagnosticText
{
    public static void Write(IReadOnlyList<Diagnostic> diagnostics, ITerminal terminal)
    {
        for (var i = 0; i < diagnostics.Count; i++)
        {
            if (i > 0) terminal.Note("");
            terminal.Problem(diagnostics[i]);
        }
    }
}
