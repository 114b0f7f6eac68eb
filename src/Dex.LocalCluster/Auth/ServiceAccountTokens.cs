using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Auth;

/// <summary>What a token is for.</summary>
/// <param name="Audiences">The API server's own when empty.</param>
sealed record TokenClaims(string Namespace, string ServiceAccount, string ServiceAccountUid, IReadOnlyList<string> Audiences, TimeSpan Lifetime)
{
    /// <summary>The object whose end ends the token: kind, name and uid.</summary>
    public (string Kind, string Name, string Uid)? BoundTo { get; init; }
}

/// <summary>Signs and checks ServiceAccount tokens: JWT with ES256, bound to the account and, when asked for, to a pod or secret.</summary>
sealed class ServiceAccountTokens(ECDsa key, Store store, TimeProvider time)
{
    public const string Issuer = "https://kubernetes.default.svc.cluster.local";

    // Which key signed; ours is the only one, so that clients with a key set find it.
    readonly string _keyId = Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 16));

    public (string Token, DateTimeOffset Expires) Issue(TokenClaims claims)
    {
        var now = time.GetUtcNow();
        var expires = now + claims.Lifetime;
        var kubernetes = new JsonObject
        {
            ["namespace"] = claims.Namespace,
            ["serviceaccount"] = new JsonObject { ["name"] = claims.ServiceAccount, ["uid"] = claims.ServiceAccountUid },
        };
        if (claims.BoundTo is { } bound)
            kubernetes[bound.Kind.ToLowerInvariant()] = new JsonObject { ["name"] = bound.Name, ["uid"] = bound.Uid };
        var payload = new JsonObject
        {
            ["aud"] = new JsonArray([.. (claims.Audiences.Count == 0 ? [Issuer] : claims.Audiences).Select(a => (JsonNode)a)]),
            ["exp"] = expires.ToUnixTimeSeconds(),
            ["iat"] = now.ToUnixTimeSeconds(),
            ["iss"] = Issuer,
            ["jti"] = Guid.NewGuid().ToString(),
            ["kubernetes.io"] = kubernetes,
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["sub"] = $"system:serviceaccount:{claims.Namespace}:{claims.ServiceAccount}",
        };
        var header = new JsonObject { ["alg"] = "ES256", ["kid"] = _keyId, ["typ"] = "JWT" };
        var signed = $"{Base64Url.EncodeToString(JsonTree.Encode(header).Span)}.{Base64Url.EncodeToString(JsonTree.Encode(payload).Span)}";
        return ($"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}", expires);
    }

    /// <summary>The user a token speaks for; null when it is not ours, expired, for others, or its account is gone.</summary>
    public User? Authenticate(string token, IReadOnlyList<string>? audiences = null)
    {
        if (Verified(token) is not { } payload || !IsCurrent(payload))
            return null;
        if (!payload.TextList("aud").Intersect(audiences is { Count: > 0 } ? audiences : [Issuer]).Any())
            return null;
        var ns = payload.Text("kubernetes.io", "namespace") ?? "";
        var name = payload.Text("kubernetes.io", "serviceaccount", "name") ?? "";
        var uid = payload.Text("kubernetes.io", "serviceaccount", "uid") ?? "";
        if (store.Visible.Get(new ObjectKey("serviceaccounts", ns, name))?.Uid != uid || !IsBoundObjectThere(payload, ns))
            return null;
        return new User($"system:serviceaccount:{ns}:{name}", ["system:serviceaccounts", $"system:serviceaccounts:{ns}", "system:authenticated"])
        {
            Uid = uid,
            Extra = Extra(payload),
        };
    }

    JsonObject? Verified(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3)
            return null;
        try
        {
            var signature = Base64Url.DecodeFromChars(parts[2]);
            if (!key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), signature, HashAlgorithmName.SHA256))
                return null;
            return JsonNode.Parse(Base64Url.DecodeFromChars(parts[1])) as JsonObject;
        }
        catch (Exception exception) when (exception is FormatException or JsonException or CryptographicException)
        {
            return null;
        }
    }

    bool IsCurrent(JsonObject payload) => payload.Text("iss") == Issuer && payload.Number("exp") > time.GetUtcNow().ToUnixTimeSeconds();

    bool IsBoundObjectThere(JsonObject payload, string ns)
    {
        foreach (var (kind, resource) in (ReadOnlySpan<(string, string)>)[("pod", "pods"), ("secret", "secrets")])
        {
            if (payload.Object("kubernetes.io", kind) is { } bound && store.Visible.Get(new ObjectKey(resource, ns, bound.Text("name") ?? ""))?.Uid != bound.Text("uid"))
                return false;
        }
        return true;
    }

    static Dictionary<string, IReadOnlyList<string>> Extra(JsonObject payload)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["authentication.kubernetes.io/credential-id"] = [$"JTI={payload.Text("jti")}"] };
        if (payload.Object("kubernetes.io", "pod") is { } pod)
        {
            extra["authentication.kubernetes.io/pod-name"] = [pod.Text("name") ?? ""];
            extra["authentication.kubernetes.io/pod-uid"] = [pod.Text("uid") ?? ""];
        }
        return extra;
    }
}
