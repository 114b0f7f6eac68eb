using Dex.Yaml;

namespace Dex.App;

/// <summary>A failure the user can do something about: one or more diagnostics and the exit code they lead to. Made only in <c>*Errors.cs</c>.</summary>
public sealed class UserError(ExitCode exitCode, IReadOnlyList<Diagnostic> diagnostics) : DiagnosticException(diagnostics)
{
    /// <summary>A single diagnostic.</summary>
    public UserError(ExitCode exitCode, Diagnostic diagnostic) : this(exitCode, [diagnostic]) { }

    /// <summary>How the process ends.</summary>
    public ExitCode ExitCode { get; } = exitCode;
}
