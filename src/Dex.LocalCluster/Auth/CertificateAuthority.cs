using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Dex.LocalCluster.Auth;

/// <summary>The cluster's own authority: signs the server's certificate and client certificates. ECDSA P-256 throughout.</summary>
public sealed class CertificateAuthority
{
    static readonly Lazy<CertificateAuthority> Shared = new(() => Create(TimeProvider.System));

    readonly TimeProvider _time;

    CertificateAuthority(X509Certificate2 certificate, TimeProvider time)
    {
        Certificate = certificate;
        _time = time;
    }

    /// <summary>With its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>What clients must trust.</summary>
    public string CertificatePem => Certificate.ExportCertificatePem();

    /// <summary>One for all clusters in memory of this process: making keys is what takes time in a start.</summary>
    internal static CertificateAuthority InProcess => Shared.Value;

    /// <summary>A new authority, valid for ten years.</summary>
    internal static CertificateAuthority Create(TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=dex-local-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = time.GetUtcNow();
        return new CertificateAuthority(request.CreateSelfSigned(now.AddHours(-1), now.AddYears(10)), time);
    }

    /// <summary>An authority that was saved.</summary>
    internal static CertificateAuthority From(X509Certificate2 certificate, TimeProvider time) => new(certificate, time);

    /// <summary>A certificate for serving under <paramref name="names"/>, which may be IP addresses.</summary>
    public X509Certificate2 IssueServer(string subject, params IEnumerable<string> names)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }
        return Issue($"CN={subject}", "1.3.6.1.5.5.7.3.1", alternatives.Build());
    }

    /// <summary>A certificate for the user <paramref name="name"/> in <paramref name="groups"/>, as Kubernetes reads CN and O.</summary>
    public X509Certificate2 IssueClient(string name, params IEnumerable<string> groups)
    {
        var subject = new X500DistinguishedNameBuilder();
        foreach (var group in groups)
            subject.AddOrganizationName(group);
        subject.AddCommonName(name);
        return Issue(subject.Build().Name, "1.3.6.1.5.5.7.3.2", alternatives: null);
    }

    /// <summary>Whether this authority signed <paramref name="certificate"/> and it is valid now.</summary>
    public bool Signed(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(Certificate);
        return chain.Build(certificate);
    }

    X509Certificate2 Issue(string subject, string purpose, X509Extension? alternatives)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName(subject), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        if (alternatives is not null)
            request.CertificateExtensions.Add(alternatives);
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        var now = _time.GetUtcNow();
        using var issued = request.Create(Certificate, now.AddHours(-1), now.AddYears(5) < Certificate.NotAfter ? now.AddYears(5) : Certificate.NotAfter, serial);
        return issued.CopyWithPrivateKey(key);
    }
}
