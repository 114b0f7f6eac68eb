using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

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
                Write(writer, value);
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

    /// <summary>Writes with sorted keys.</summary>
    public static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                writer.WriteStartObject();
                foreach (var (key, value) in map.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(key);
                    Write(writer, value);
                }

                writer.WriteEndObject();
                break;
            case JsonArray list:
                writer.WriteStartArray();
                foreach (var item in list) Write(writer, item);
                writer.WriteEndArray();
                break;
            case null:
                writer.WriteNullValue();
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }
}
