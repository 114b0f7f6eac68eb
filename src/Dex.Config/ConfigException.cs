using Dex.Yaml;

namespace Dex.Config;

/// <summary>The configuration is wrong, or one of its values cannot be computed: nothing was tried with it.</summary>
public sealed class ConfigException(IReadOnlyList<Diagnostic> diagnostics) : DiagnosticException(diagnostics)
{
    /// <summary>A single diagnostic.</summary>
    public ConfigException(Diagnostic diagnostic) : this([diagnostic]) { }
}
