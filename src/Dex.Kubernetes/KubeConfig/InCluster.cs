using Dex.Kubernetes.Client;

namespace Dex.Kubernetes.KubeConfig;

/// <summary>The connection of a pod to its own cluster, by its service account.</summary>
public static class InCluster
{
    /// <summary>Whether this process runs in a pod that may talk to its cluster.</summary>
    public static bool IsAvailable(KubeConfigHost host) =>
        host.Variable("KUBERNETES_SERVICE_HOST") is not null && host.Variable("KUBERNETES_SERVICE_PORT") is not null
        && File.Exists(Path.Combine(host.ServiceAccountDirectory, "token"));

    /// <summary>The connection.</summary>
    /// <exception cref="Yaml.DiagnosticException">DEX3009: this is no pod with a service account.</exception>
    public static KubeConnection Connect(KubeConfigHost host)
    {
        if (!IsAvailable(host))
        {
            throw KubeConfigErrors.NotInCluster();
        }

        var folder = host.ServiceAccountDirectory;
        var address = host.Variable("KUBERNETES_SERVICE_HOST")!;
        var authority = Credentials.ReadFile("ca.crt", Path.Combine(folder, "ca.crt"));
        var ns = Path.Combine(folder, "namespace");
        return new(new Uri($"https://{(address.Contains(':') ? $"[{address}]" : address)}:{host.Variable("KUBERNETES_SERVICE_PORT")}"))
        {
            Authorities = Credentials.Authorities("ca.crt", authority),
            Credential = new TokenFileCredential(Path.Combine(folder, "token"), Identity.Anonymous, host.Time),
            Namespace = File.Exists(ns) ? File.ReadAllText(ns).Trim() : "default",
        };
    }
}
