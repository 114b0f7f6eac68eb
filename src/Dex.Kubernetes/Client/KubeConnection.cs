using System.Security.Cryptography.X509Certificates;

namespace Dex.Kubernetes.Client;

/// <summary>Act as someone else, where the cluster's rules allow it.</summary>
public sealed record Impersonation(string? User, string? Uid, IReadOnlyList<string> Groups, IReadOnlyDictionary<string, IReadOnlyList<string>> Extra);

/// <summary>How to reach one API server and as whom.</summary>
/// <param name="Server">The server's address; a path in it stands before every API path.</param>
public sealed record KubeConnection(Uri Server)
{
    /// <summary>The certificates to trust instead of the system's; empty trusts the system's.</summary>
    public IReadOnlyList<X509Certificate2> Authorities { get; init; } = [];

    /// <summary>Trust any certificate: for experiments only.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>The name in the server's certificate when it is not the host of <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>An http, https or socks5 proxy, or null for a direct connection.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Who the user is.</summary>
    public Credential Credential { get; init; } = Credential.Anonymous;

    /// <summary>Whom to act as, or null.</summary>
    public Impersonation? Impersonate { get; init; }

    /// <summary>Whether answers may be compressed on the way.</summary>
    public bool Compression { get; init; } = true;

    /// <summary>The namespace of the context; <c>default</c> when it names none.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>A connection with an authority in PEM and a bearer token, as an embedded cluster hands them out.</summary>
    public static KubeConnection WithToken(Uri server, string authorityPem, string token)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(authorityPem);
        return new(server) { Authorities = [.. authorities], Credential = Credential.Token(token) };
    }
}
