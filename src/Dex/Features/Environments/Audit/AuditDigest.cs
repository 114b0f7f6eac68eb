using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Audit;

/// <summary>
/// Identifies what was sent. The values of Secrets are no part of it: the digest of a short password would let it be guessed. Neither
/// is the resourceVersion, which differs between two writes of the same.
/// </summary>
static class AuditDigest
{
    public static string? Of(Mutation mutation)
    {
        if (mutation.Verb == "delete") return null;
        var isSecret = mutation.Resource is { Group: "", Kind: "Secret" };
        // Where a value stands in a list of operations is not worth finding out.
        if (mutation.Body is not JsonObject body) return isSecret ? null : Hash(mutation.Body);
        var copy = body.Copy();
        if (copy.Object("metadata") is { } metadata)
        {
            metadata.Remove("resourceVersion");
            metadata.Remove("managedFields");
        }

        return Hash(isSecret ? WithoutValues(copy) : copy);
    }

    static JsonObject WithoutValues(JsonObject secret)
    {
        secret.SetAnnotation("kubectl.kubernetes.io/last-applied-configuration", null);
        foreach (var field in new[] { "data", "stringData" })
        {
            if (secret.Object(field) is { } values) secret[field] = new JsonArray([.. values.Select(value => value.Key).Order(StringComparer.Ordinal).Select(key => JsonValue.Create(key))]);
        }

        return secret;
    }

    static string Hash(JsonNode node)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer)) SortedJson.Write(writer, node);
        return $"sha256:{Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan))}";
    }
}
