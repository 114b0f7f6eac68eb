using System.Security.Cryptography.X509Certificates;

namespace Dex.Kubernetes.Client;

/// <summary>What proves who the user is on one request.</summary>
/// <param name="Authorization">The value of the Authorization header, or null.</param>
/// <param name="Certificates">The client certificate with its key, then its intermediates; empty for none.</param>
public sealed record Identity(string? Authorization, IReadOnlyList<X509Certificate2> Certificates)
{
    /// <summary>Nobody in particular.</summary>
    public static Identity Anonymous { get; } = new(null, []);

    internal bool IsSame(Identity? other) => other is not null && Authorization == other.Authorization && ReferenceEquals(Certificates, other.Certificates);
}

/// <summary>A source of identity that is asked before every request, so that tokens may be renewed.</summary>
public abstract class Credential
{
    /// <summary>Nobody in particular.</summary>
    public static Credential Anonymous { get; } = new FixedCredential(Identity.Anonymous);

    /// <summary>A bearer token that never changes.</summary>
    public static Credential Token(string token) => new FixedCredential(new Identity("Bearer " + token, []));

    /// <summary>An identity that never changes.</summary>
    public static Credential Fixed(Identity identity) => new FixedCredential(identity);

    /// <summary>The identity to use now; cheap when nothing has expired.</summary>
    public abstract ValueTask<Identity> GetAsync(CancellationToken ct);

    /// <summary>Called when the server answered 401 to <paramref name="refused"/>; true when asking again may give another identity.</summary>
    public virtual bool Renew(Identity refused) => false;

    sealed class FixedCredential(Identity identity) : Credential
    {
        public override ValueTask<Identity> GetAsync(CancellationToken ct) => ValueTask.FromResult(identity);
    }
}
