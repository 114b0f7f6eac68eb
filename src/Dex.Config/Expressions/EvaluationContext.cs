namespace Dex.Config;

/// <summary>What expressions may see and do. The library itself touches neither the process environment nor other programs.</summary>
public sealed record EvaluationContext
{
    /// <summary>The variables behind <c>vars.NAME</c>; usually the process environment.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>The folder that <c>file</c> and <c>exec</c> start from and whose repository <c>git</c> describes. Without it, the file's own folder.</summary>
    public string? Folder { get; init; }

    /// <summary>Looks up <c>secret('name')</c>; null when there is no store.</summary>
    public Func<string, CancellationToken, Task<SecretAnswer>>? Secrets { get; init; }

    /// <summary>Runs <c>exec('program', 'argument')</c>; null when programs may not run. Never called for a static resolution.</summary>
    public Func<ProgramCall, CancellationToken, Task<ProgramResult>>? Run { get; init; }

    /// <summary>Leaves every remote function alone: its expression stays unresolved. For <c>validate</c>, <c>show --static</c> and <c>why</c>.</summary>
    public bool IsStatic { get; init; }

    /// <summary><c>file</c> may read anything; without it, only what lies in the repository around <see cref="Folder"/>, or in the folder itself.</summary>
    public bool AllowFilesOutside { get; init; }

    /// <summary>Collects the secrets that were looked up, to hide them in logs.</summary>
    public SecretMask Mask { get; init; } = new();
}

/// <summary>A program to run: no shell is involved.</summary>
/// <param name="Arguments">The program and its arguments.</param>
/// <param name="Folder">The working folder.</param>
public sealed record ProgramCall(IReadOnlyList<string> Arguments, string Folder);

/// <summary>How a program ended.</summary>
public sealed record ProgramResult(int ExitCode, string Output, string Error);

/// <summary>The answer to a question for a secret.</summary>
public abstract record SecretAnswer
{
    SecretAnswer() { }

    /// <summary>Here it is.</summary>
    public sealed record Found(Secret<string> Value) : SecretAnswer;

    /// <summary>There is no secret of this name in the store.</summary>
    /// <param name="Store">The store in words, for example <c>the local store</c>.</param>
    /// <param name="Known">Names that exist, for a suggestion; may be empty.</param>
    /// <param name="Help">How to create it.</param>
    public sealed record NotFound(string Store, IReadOnlyList<string> Known, string Help) : SecretAnswer;

    /// <summary>You are signed in, but may not read it.</summary>
    /// <param name="Store">The store in words.</param>
    /// <param name="Who">The identity that was refused.</param>
    /// <param name="Help">Who can grant it.</param>
    public sealed record Denied(string Store, string Who, string Help) : SecretAnswer;

    /// <summary>The sign-in is over.</summary>
    /// <param name="Store">The store in words.</param>
    /// <param name="Help">How to sign in again.</param>
    public sealed record Expired(string Store, string Help) : SecretAnswer;
}
