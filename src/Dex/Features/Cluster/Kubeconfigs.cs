using Dex.App;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.KubeConfig;
using Dex.Processes;
using Dex.Terminal;

namespace Dex.Features.Cluster;

/// <summary>Reads kubeconfig files and runs the credential plugins that they name.</summary>
public sealed class Kubeconfigs(Host host, ProcessRunner processes, ITerminal terminal)
{
    /// <summary>The current context of one file.</summary>
    public KubeConnection File(string path)
    {
        var config = KubeConfigFile.Load([path], Surroundings());
        return config.Connect(config.CurrentContext ?? "");
    }

    /// <summary>The name that means the pod's own cluster, unless the user's kubeconfig has a context of that name.</summary>
    public const string OwnCluster = "in-cluster";

    /// <summary>A context of the user's kubeconfig: <c>KUBECONFIG</c>, or <c>~/.kube/config</c>.</summary>
    public KubeConnection Context(string name)
    {
        var config = KubeConfigFile.Load(Surroundings());
        return name == OwnCluster && !config.Contexts.Contains(name) ? InCluster() : config.Connect(name);
    }

    /// <summary>The service account of the pod that this runs in.</summary>
    public KubeConnection InCluster() => Dex.Kubernetes.KubeConfig.InCluster.Connect(
        // A pod that is a process of the host sees the host's files: the node rewrites paths in variables, not in programs.
        host.Variable("DEX_SERVICE_ACCOUNT") is { } folder ? Surroundings() with { ServiceAccountDirectory = folder } : Surroundings());

    KubeConfigHost Surroundings() => new()
    {
        Environment = host.Environment,
        HomeDirectory = host.HomeDirectory,
        CurrentDirectory = host.CurrentDirectory,
        IsTerminal = terminal.CanAsk,
        Time = host.Time,
        RunPlugin = RunAsync,
    };

    async Task<PluginResult> RunAsync(PluginCommand command, CancellationToken cancellationToken)
    {
        if (processes.Find(command.Program) is null) throw new FileNotFoundException(null, command.Program);
        if (command.IsInteractive) terminal.EndProgress();
        var result = await processes.RunAsync(
            new ProcessRequest(command.Program, command.Arguments)
            {
                Environment = command.Environment.ToDictionary(variable => variable.Key, variable => (string?)variable.Value, StringComparer.Ordinal),
                OnTerminal = command.IsInteractive,
            },
            cancellationToken);
        return new PluginResult(result.ExitCode, result.Output, result.Error);
    }
}
