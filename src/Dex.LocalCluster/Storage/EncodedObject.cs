using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Storage;

/// <summary>
/// An object's bytes with the place of its resourceVersion left open: the revision is known only under the store's lock, where
/// nothing slower than a copy should happen.
/// </summary>
sealed class EncodedObject
{
    static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    readonly byte[] _bytes;
    readonly int _hole;

    EncodedObject(byte[] bytes, int hole)
    {
        _bytes = bytes;
        _hole = hole;
    }

    /// <summary>Encodes <paramref name="body"/>, whose <c>metadata.resourceVersion</c> is replaced, or added.</summary>
    public static EncodedObject From(JsonObject body)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(buffer, Compact);
        var hole = 0;
        writer.WriteStartObject();
        foreach (var (name, value) in body)
        {
            writer.WritePropertyName(name);
            if (name == "metadata" && value is JsonObject metadata)
                hole = WriteMetadata(writer, metadata);
            else
                Write(writer, value);
        }
        writer.WriteEndObject();
        writer.Flush();
        return new EncodedObject(buffer.WrittenSpan.ToArray(), hole);
    }

    static int WriteMetadata(Utf8JsonWriter writer, JsonObject metadata)
    {
        var hole = 0;
        writer.WriteStartObject();
        foreach (var (name, value) in metadata)
        {
            if (name == "resourceVersion")
            {
                hole = WriteHole(writer);
                continue;
            }
            writer.WritePropertyName(name);
            Write(writer, value);
        }
        if (hole == 0)
            hole = WriteHole(writer);
        writer.WriteEndObject();
        return hole;
    }

    static int WriteHole(Utf8JsonWriter writer)
    {
        writer.WriteString("resourceVersion"u8, ""u8);
        return (int)(writer.BytesCommitted + writer.BytesPending) - 1;
    }

    static void Write(Utf8JsonWriter writer, JsonNode? value)
    {
        if (value is null)
            writer.WriteNullValue();
        else
            value.WriteTo(writer);
    }

    /// <summary>An object as a dry run would have created it: it has no revision.</summary>
    public static StoredObject Unstored(ObjectKey key, JsonObject body)
    {
        if (body["metadata"] is JsonObject metadata)
            metadata.Remove("resourceVersion");
        return new StoredObject(key, 0, JsonTree.Encode(body));
    }

    /// <summary>The bytes under <paramref name="revision"/>.</summary>
    public StoredObject At(ObjectKey key, long revision)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(revision, digits, out var count);
        var json = new byte[_bytes.Length + count];
        _bytes.AsSpan(0, _hole).CopyTo(json);
        digits[..count].CopyTo(json.AsSpan(_hole));
        _bytes.AsSpan(_hole).CopyTo(json.AsSpan(_hole + count));
        return new StoredObject(key, revision, json);
    }

    /// <summary>Bytes read back from disk.</summary>
    public static StoredObject Stored(ObjectKey key, long revision, byte[] json) => new(key, revision, json);
}
