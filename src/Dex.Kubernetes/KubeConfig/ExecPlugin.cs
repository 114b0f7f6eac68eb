using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.KubeConfig;

/// <summary>The <c>exec</c> of a user.</summary>
sealed record ExecPlugin(string ApiVersion, string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    public bool ProvideClusterInfo { get; init; }

    /// <summary><c>Never</c>, <c>IfAvailable</c> or <c>Always</c>.</summary>
    public required string InteractiveMode { get; init; }

    public string? InstallHint { get; init; }

    public static ExecPlugin Read(string user, JsonObject exec, string folder)
    {
        var version = exec.Text("apiVersion") ?? "";
        if (version is not ("client.authentication.k8s.io/v1" or "client.authentication.k8s.io/v1beta1"))
        {
            throw KubeConfigErrors.PluginSetting(user, $"its apiVersion is `{version}`; client.authentication.k8s.io/v1 and v1beta1 are spoken");
        }

        var command = exec.Text("command") is { Length: > 0 } text ? text : throw KubeConfigErrors.PluginSetting(user, "it has no command");
        var mode = exec.Text("interactiveMode") is { Length: > 0 } set ? set
            : version.EndsWith("v1beta1", StringComparison.Ordinal) ? "IfAvailable"
            : throw KubeConfigErrors.PluginSetting(user, "it has no interactiveMode, which v1 wants");
        return new(
            version,
            // As kubectl: a path is relative to the file, a bare name is looked up on PATH.
            command.Contains('/') ? Path.GetFullPath(command, folder) : command,
            exec.TextList("args"),
            exec.Items("env").ToDictionary(e => e.Text("name") ?? "", e => e.Text("value") ?? "", StringComparer.Ordinal))
        {
            ProvideClusterInfo = exec.Flag("provideClusterInfo") ?? false,
            InteractiveMode = mode is "Never" or "IfAvailable" or "Always" ? mode : throw KubeConfigErrors.PluginSetting(user, $"its interactiveMode is `{mode}`"),
            InstallHint = exec.Text("installHint"),
        };
    }
}
