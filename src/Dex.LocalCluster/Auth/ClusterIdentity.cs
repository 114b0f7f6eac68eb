using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Dex.LocalCluster.Auth;

/// <summary>The secrets a cluster is known by.</summary>
internal sealed record ClusterIdentity(CertificateAuthority Authority, X509Certificate2 ServerCertificate, string AdminToken)
{
    static readonly string[] ServerNames = ["localhost", "127.0.0.1", "::1", "kubernetes", "kubernetes.default", "kubernetes.default.svc"];

    static readonly Lazy<X509Certificate2> SharedServer = new(() => CertificateAuthority.InProcess.IssueServer("dex-local", ServerNames));

    /// <summary>For a cluster that ends with its process.</summary>
    public static ClusterIdentity InMemory() => new(CertificateAuthority.InProcess, SharedServer.Value, NewToken());

    public static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
}
