using System.Security.Cryptography.X509Certificates;

namespace Dex.LocalCluster.Ingress;

/// <summary>How requests come in from outside the cluster.</summary>
public sealed record IngressOptions
{
    /// <summary>The port for HTTP on loopback; 0 chooses a free one.</summary>
    public int Port { get; init; }

    /// <summary>The port for HTTPS; 0 chooses a free one, null means no HTTPS.</summary>
    public int? HttpsPort { get; init; }

    /// <summary>Makes the certificate for a host name, when there is HTTPS.</summary>
    public Func<string, X509Certificate2>? IssueCertificate { get; init; }

    /// <summary>How long an application may take to begin its answer. Streams and upgraded connections may last.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
