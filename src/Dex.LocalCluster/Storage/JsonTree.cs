using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Storage;

/// <summary>Trees from bytes that are known to be well-formed, and bytes from trees.</summary>
static class JsonTree
{
    static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    static readonly JsonWriterOptions Indented = Compact with { Indented = true };

    // Schemas of real CustomResourceDefinitions nest deeper than the default of 64.
    static readonly JsonDocumentOptions Deep = new() { MaxDepth = 512 };

    public static JsonObject Parse(ReadOnlySpan<byte> json) => JsonNode.Parse(json, documentOptions: Deep)!.AsObject();

    public static ReadOnlyMemory<byte> Encode(JsonNode node, bool indented = false)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, indented ? Indented : Compact))
            node.WriteTo(writer);
        return buffer.WrittenMemory;
    }
}
