namespace Dex.Kubernetes.KubeConfig;

/// <summary>A credential plugin to run.</summary>
/// <param name="Program">A path, or a name to find on <c>PATH</c>.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">Variables on top of the caller's environment.</param>
/// <param name="IsInteractive">Whether it may talk to the user on the terminal: its standard input is then the terminal's.</param>
public sealed record PluginCommand(string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, bool IsInteractive);

/// <summary>How a plugin ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record PluginResult(int ExitCode, string Output, string Error);

/// <summary>What reading a kubeconfig needs of the machine; nothing else is asked.</summary>
public sealed record KubeConfigHost
{
    /// <summary>The environment variables: <c>KUBECONFIG</c>, proxies, the address of an own cluster.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>The user's home folder, absolute.</summary>
    public required string HomeDirectory { get; init; }

    /// <summary>The folder that relative names in <c>KUBECONFIG</c> start from, absolute.</summary>
    public required string CurrentDirectory { get; init; }

    /// <summary>
    /// Runs a credential plugin to its end; throws <see cref="FileNotFoundException"/> when the program is not on this machine.
    /// Null refuses plugins.
    /// </summary>
    public Func<PluginCommand, CancellationToken, Task<PluginResult>>? RunPlugin { get; init; }

    /// <summary>Whether a person sits at a terminal whom a plugin may ask.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>Where a pod finds its service account.</summary>
    public string ServiceAccountDirectory { get; init; } = "/var/run/secrets/kubernetes.io/serviceaccount";

    /// <summary>The clock of expiry.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal string? Variable(string name) => Environment.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
}
