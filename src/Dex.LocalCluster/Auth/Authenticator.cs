using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Auth;

/// <summary>Finds out who asks: a client certificate of our authority, or a bearer token.</summary>
sealed class Authenticator(CertificateAuthority authority, string adminToken, ServiceAccountTokens tokens)
{
    static readonly User Admin = new("kubernetes-admin", ["system:masters", "system:authenticated"]);

    readonly byte[] _adminDigest = SHA256.HashData(Encoding.UTF8.GetBytes(adminToken));

    /// <summary>The user; anonymous without credentials; null with wrong ones.</summary>
    public User? Authenticate(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            return ByToken(header["Bearer ".Length..].Trim());
        return http.Connection.ClientCertificate is { } certificate && authority.Signed(certificate) ? ByCertificate(certificate) : User.Anonymous;
    }

    /// <summary>Whose token it is; null when it is nobody's.</summary>
    public User? ByToken(string token, IReadOnlyList<string>? audiences = null)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(token));
        return CryptographicOperations.FixedTimeEquals(digest, _adminDigest) ? Admin : tokens.Authenticate(token, audiences);
    }

    static User ByCertificate(X509Certificate2 certificate)
    {
        var name = "";
        var groups = new List<string>();
        foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.GetSingleElementType().Value == "2.5.4.3")
                name = part.GetSingleElementValue() ?? "";
            else if (part.GetSingleElementType().Value == "2.5.4.10")
                groups.Add(part.GetSingleElementValue() ?? "");
        }
        groups.Add("system:authenticated");
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));
        return new User(name, groups)
        {
            Extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["authentication.kubernetes.io/credential-id"] = [$"X509SHA256={fingerprint}"] },
        };
    }
}
