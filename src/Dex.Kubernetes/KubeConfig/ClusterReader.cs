using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.KubeConfig;

/// <summary>Reads the <c>cluster</c> of a kubeconfig.</summary>
static class ClusterReader
{
    public static KubeConnection Read(string name, KubeConfigEntry entry, KubeConfigHost host)
    {
        var cluster = entry.Value;
        if (!Uri.TryCreate(Address(cluster.Text("server") ?? ""), UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https"))
        {
            throw KubeConfigErrors.NoServer(name);
        }

        var skip = cluster.Flag("insecure-skip-tls-verify") ?? false;
        var authority = Credentials.Pem(entry, "certificate-authority");
        if (skip && authority is not null)
        {
            throw KubeConfigErrors.Contradiction($"the cluster `{name}`", "both a certificate authority and `insecure-skip-tls-verify`");
        }

        return new(server)
        {
            Authorities = authority is null ? [] : Credentials.Authorities("certificate-authority", authority),
            SkipTlsVerify = skip,
            TlsServerName = cluster.Text("tls-server-name") is { Length: > 0 } serverName ? serverName : null,
            Proxy = cluster.Text("proxy-url") is { Length: > 0 } proxy ? ProxyAddress(name, proxy) : EnvironmentProxy.For(server, host),
            Compression = cluster.Flag("disable-compression") != true,
        };
    }

    /// <summary>kubectl takes <c>host:port</c> for http.</summary>
    static string Address(string server) => server.Contains("://", StringComparison.Ordinal) || server.Length == 0 ? server : "http://" + server;

    static Uri ProxyAddress(string cluster, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var proxy) && proxy.Scheme is "http" or "https" or "socks5"
            ? proxy
            : throw KubeConfigErrors.Contradiction($"the cluster `{cluster}`", $"the proxy-url `{text}`, which is neither http, https nor socks5");
}
