namespace Dex.Processes;

/// <summary>A program to run to its end.</summary>
/// <param name="Program">A path, or a name to find on <c>PATH</c>.</param>
/// <param name="Arguments">The arguments, never a shell string and never a secret: other users can read them.</param>
public sealed record ProcessRequest(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>The folder it runs in; null for the user's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Variables on top of the environment of dex; a null value removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>Written to its standard input, which is then closed; where secrets go.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Lets it talk to the user: its standard input and error are those of dex. <see cref="Input"/> is not used then, and no error is collected.</summary>
    public bool OnTerminal { get; init; }

    /// <summary>Called for each line of its standard output and error, from either stream's reader.</summary>
    public Action<string>? OnLine { get; init; }
}

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code; 128 + the signal's number when a signal ended it.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record ProcessResult(int ExitCode, string Output, string Error);
