using Dex.App;

namespace Dex.Testing;

/// <summary>How one command line ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Terminal">What it said.</param>
public sealed record DexRun(ExitCode ExitCode, RecordingTerminal Terminal)
{
    /// <summary>Standard output.</summary>
    public string Output => Terminal.OutputText;

    /// <summary>Standard error.</summary>
    public string Error => Terminal.ErrorText;
}
