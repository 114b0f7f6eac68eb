using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Storage;

/// <summary>Trees from bytes that are known to be well-formed.</summary>
internal static class JsonTree
{
    // Schemas of real CustomResourceDefinitions nest deeper than the default of 64.
    static readonly JsonDocumentOptions Deep = new() { MaxDepth = 512 };

    public static JsonObject Parse(ReadOnlySpan<byte> json) => JsonNode.Parse(json, documentOptions: Deep)!.AsObject();
}
