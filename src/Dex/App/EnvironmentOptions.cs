using System.CommandLine;

namespace Dex.App;

/// <summary>The options by which commands are told an environment.</summary>
public static class EnvironmentOptions
{
    /// <summary><c>--in</c>.</summary>
    public static Option<string?> In() => new("--in") { Description = "The app's folder, or APP/NAME (default: the nearest dex.yaml upward)" };

    /// <summary><c>--name</c>.</summary>
    public static Option<string?> Name() => new("--name", "-n") { Description = "The environment's name (default: the folder's last)" };

    /// <summary><c>--cluster</c>.</summary>
    /// <param name="usual">What is meant without it.</param>
    public static Option<string?> Cluster(string usual) => new("--cluster", "-c") { Description = $"The cluster: `local`, one of dex.yaml, or a context of your kubeconfig (default: {usual})" };
}
