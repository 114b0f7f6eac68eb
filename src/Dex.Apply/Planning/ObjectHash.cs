using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Planning;

/// <summary>Identifies what is wanted: the same for the same object however its keys are ordered.</summary>
static class ObjectHash
{
    public static string Of(JsonObject obj)
    {
        // A hash of a secret in a readable record would let its values be guessed; they are compared directly instead.
        var hidden = SecretData.IsSecret(obj);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in obj.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                if (hidden && SecretData.IsValues(key)) continue;
                writer.WritePropertyName(key);
                SortedJson.Write(writer, value);
            }

            // Whether a value stands under `data` or `stringData` makes no difference to what is wanted.
            if (hidden) writer.WriteString("values", string.Join(',', SecretData.Names(obj)));

            writer.WriteEndObject();
        }

        return Of(buffer.WrittenSpan);
    }

    /// <summary>96 bits of SHA-256: enough that no two states of one object ever meet.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return Convert.ToBase64String(hash[..12]);
    }
}
