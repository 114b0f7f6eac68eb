using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Dex.Yaml;

namespace Dex.Kubernetes.Client;

/// <summary>Builds the socket handler for one connection and one client certificate.</summary>
static class ConnectionHandler
{
    public static SocketsHttpHandler Create(KubeConnection connection, IReadOnlyList<X509Certificate2> certificates)
    {
        var tls = Tls(connection, certificates);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = connection.Proxy is not null,
            Proxy = connection.Proxy is null ? null : Proxy(connection.Proxy),
            // On the loopback compressing costs more than sending.
            AutomaticDecompression = connection.Server.IsLoopback || !connection.Compression ? DecompressionMethods.None : DecompressionMethods.GZip,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            // Finds a dead connection under a silent watch.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            EnableMultipleHttp2Connections = true,
            SslOptions = tls,
        };
        if (connection.TlsServerName is { Length: > 0 } name && connection.Server.Scheme == Uri.UriSchemeHttps)
        {
            if (connection.Proxy is not null)
            {
                handler.Dispose();
                throw new DiagnosticException(new Diagnostic("DEX3018", "`tls-server-name` and `proxy-url` cannot be used together")
                {
                    Help = "remove one of them from the cluster in the kubeconfig",
                });
            }

            handler.ConnectCallback = (context, ct) =>
            {
                var own = Tls(connection, certificates);
                own.TargetHost = name;
                own.ApplicationProtocols = context.InitialRequestMessage.Version.Major >= 2
                    ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11]
                    : [SslApplicationProtocol.Http11];
                return ConnectAsync(context.DnsEndPoint, own, ct);
            };
        }

        return handler;
    }

    /// <summary>
    /// Has the platform load what it needs to judge the server's certificate while the connection is being made. On Linux that is the
    /// system's whole store, even for a chain that may only end in the connection's own authority: a third of the time to the first answer.
    /// </summary>
    public static void Prepare(KubeConnection connection)
    {
        if (connection.SkipTlsVerify || connection.Authorities is not [var authority, ..] || connection.Server.Scheme != Uri.UriSchemeHttps) return;
        ThreadPool.UnsafeQueueUserWorkItem(
            static state =>
            {
                using var chain = new X509Chain { ChainPolicy = Trust(state.connection) };
                chain.Build(state.authority);
            },
            (connection, authority), preferLocal: false);
    }

    /// <summary>The handler takes the TLS name from the URL; where they differ the handshake is done here.</summary>
    static async ValueTask<Stream> ConnectAsync(DnsEndPoint endpoint, SslClientAuthenticationOptions tls, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, ct);
            var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            await stream.AuthenticateAsClientAsync(tls, ct);
            return stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    static SslClientAuthenticationOptions Tls(KubeConnection connection, IReadOnlyList<X509Certificate2> certificates)
    {
        var options = new SslClientAuthenticationOptions();
        if (connection.SkipTlsVerify)
        {
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        }
        else if (connection.Authorities.Count > 0)
        {
            options.CertificateChainPolicy = Trust(connection);
            if (!connection.Authorities.Any(IsRoot))
            {
                options.RemoteCertificateValidationCallback = (_, _, chain, errors) => TrustsIntermediate(connection.Authorities, chain, errors);
            }
        }

        if (certificates.Count > 0)
        {
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificates[0], [.. certificates.Skip(1)], offline: true);
        }

        return options;
    }

    static X509ChainPolicy Trust(KubeConnection connection)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(connection.Authorities.ToArray());
        return policy;
    }

    /// <summary>
    /// A kubeconfig may name an intermediate as its authority, which Go trusts like a root. The platform's chain then ends without a
    /// trusted root, which is the only fault that is forgiven, and only when an authority stands in the chain.
    /// </summary>
    static bool TrustsIntermediate(IReadOnlyList<X509Certificate2> authorities, X509Chain? chain, SslPolicyErrors errors)
    {
        const X509ChainStatusFlags forgiven = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot;
        return errors == SslPolicyErrors.None
            || (errors == SslPolicyErrors.RemoteCertificateChainErrors && chain is not null
                && chain.ChainStatus.All(s => (s.Status | forgiven) == forgiven)
                && chain.ChainElements.Skip(1).Any(e => authorities.Any(a => a.RawDataMemory.Span.SequenceEqual(e.Certificate.RawDataMemory.Span))));
    }

    static bool IsRoot(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    static WebProxy Proxy(Uri address)
    {
        var proxy = new WebProxy(address);
        if (address.UserInfo.Length > 0)
        {
            var parts = address.UserInfo.Split(':', 2);
            proxy.Credentials = new NetworkCredential(Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
        }

        return proxy;
    }
}
