using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.LocalCluster;

/// <summary>An HTTP client that trusts a cluster's authority and shows the administrator's token.</summary>
static class ClusterClient
{
    public static HttpClient For(Cluster cluster, string? token = null)
    {
        var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = Trust(cluster) } };
        var client = new HttpClient(handler) { BaseAddress = cluster.Server };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token ?? cluster.AdminToken);
        return client;
    }

    /// <summary>Trusts the cluster's authority and no other.</summary>
    public static X509ChainPolicy Trust(Cluster cluster)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(cluster.CaCertificatePem));
        return policy;
    }
}
