namespace Dex.Yaml;

/// <summary>Carries one or more diagnostics to whoever shows them.</summary>
public class DiagnosticException(IReadOnlyList<Diagnostic> diagnostics)
    : Exception(diagnostics.Count == 0 ? "no diagnostics" : $"{diagnostics[0].Code}: {diagnostics[0].Title}")
{
    /// <summary>A single diagnostic.</summary>
    public DiagnosticException(Diagnostic diagnostic) : this([diagnostic]) { }

    /// <summary>At least one, sorted by place.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics { get; } = diagnostics;
}
