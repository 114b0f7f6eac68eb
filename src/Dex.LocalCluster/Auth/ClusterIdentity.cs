using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Auth;

/// <summary>The secrets a cluster is known by.</summary>
/// <param name="Authority">Signs certificates.</param>
/// <param name="ServerCertificate">What the API server shows.</param>
/// <param name="AdminToken">The administrator's bearer token.</param>
/// <param name="TokenKey">Signs ServiceAccount tokens.</param>
sealed record ClusterIdentity(CertificateAuthority Authority, X509Certificate2 ServerCertificate, string AdminToken, ECDsa TokenKey)
{
    static readonly string[] ServerNames = ["localhost", "127.0.0.1", "::1", ApiService.Address, "kubernetes", "kubernetes.default", "kubernetes.default.svc"];

    static readonly Lazy<X509Certificate2> SharedServer = new(() => CertificateAuthority.InProcess.IssueServer("dex-local", ServerNames));
    static readonly Lazy<ECDsa> SharedKey = new(() => ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>For a cluster that ends with its process. Authority and keys are shared: making keys is what takes time in a start.</summary>
    public static ClusterIdentity InMemory() => new(CertificateAuthority.InProcess, SharedServer.Value, NewToken(), SharedKey.Value);

    /// <summary>The identity of a folder, made on its first start. The server's certificate is issued anew at every start.</summary>
    public static ClusterIdentity Of(DataFolder folder, TimeProvider time)
    {
        var authority = Authorities(folder, time);
        var token = Encoding.ASCII.GetString(Saved(folder.File("admin.token"), () => Encoding.ASCII.GetBytes(NewToken())));
        var key = ECDsa.Create();
        key.ImportFromPem(Encoding.ASCII.GetString(Saved(folder.File("service-account.key"), NewKey)));
        return new ClusterIdentity(authority, authority.IssueServer("dex-local", ServerNames), token, key);
    }

    static CertificateAuthority Authorities(DataFolder folder, TimeProvider time)
    {
        var pem = Encoding.ASCII.GetString(Saved(folder.File("ca.pem"), () =>
        {
            var made = CertificateAuthority.Create(time).Certificate;
            return Encoding.ASCII.GetBytes($"{made.ExportCertificatePem()}\n{made.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()}\n");
        }));
        return CertificateAuthority.From(X509Certificate2.CreateFromPem(pem, pem), time);
    }

    static byte[] NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem());
    }

    static byte[] Saved(string file, Func<byte[]> make)
    {
        if (!File.Exists(file))
            PrivateFile.Write(file, make());
        return File.ReadAllBytes(file);
    }

    static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
}
