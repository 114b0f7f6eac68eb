using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>One page of a list.</summary>
/// <param name="Items">The objects, each with <c>apiVersion</c> and <c>kind</c>.</param>
/// <param name="ResourceVersion">The revision that the list shows.</param>
/// <param name="Next">What asks for the next page; null after the last.</param>
sealed record ListPage(List<JsonObject> Items, string ResourceVersion, string? Next)
{
    const int InitialSize = 64 * 1024;

    /// <summary>Reads an answer, through a buffer that the next page uses again: pages are large, and large garbage stays long.</summary>
    public static async Task<ListPage> ReadAsync(HttpContent content, ResourceId resource, CancellationToken ct)
    {
        await using var stream = await content.ReadAsStreamAsync(ct);
        var buffer = ArrayPool<byte>.Shared.Rent(InitialSize);
        var length = 0;
        try
        {
            while (await stream.ReadAsync(buffer.AsMemory(length), ct) is var read and > 0)
            {
                length += read;
                if (length < buffer.Length)
                {
                    continue;
                }

                var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                buffer.CopyTo(larger, 0);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }

            return Read(buffer.AsSpan(0, length), resource);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads a page; every object gets a buffer of its own, so that one that is kept does not keep the page.</summary>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static ListPage Read(ReadOnlySpan<byte> json, ResourceId resource)
    {
        var items = new List<JsonObject>();
        JsonObject metadata = [];
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new JsonException("the answer is no JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isItems = reader.ValueTextEquals("items"u8);
            var isMetadata = reader.ValueTextEquals("metadata"u8);
            reader.Read();
            if (isItems && reader.TokenType == JsonTokenType.StartArray)
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) if (Take(json, ref reader) is { } item) items.Add(Typed(item, resource));
            }
            else if (isMetadata) metadata = Take(json, ref reader) ?? metadata;
            else reader.Skip();
        }

        return new(items, metadata.Text("resourceVersion") ?? "", metadata.Text("continue") is { Length: > 0 } next ? next : null);
    }

    static JsonObject? Take(ReadOnlySpan<byte> json, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return JsonNode.Parse(json[start..(int)reader.BytesConsumed]) as JsonObject;
    }

    /// <summary>Built-in kinds come without their type.</summary>
    static JsonObject Typed(JsonObject item, ResourceId resource)
    {
        if (item.ContainsKey("kind")) return item;
        item.Insert(0, "apiVersion", resource.ApiVersion);
        item.Insert(1, "kind", resource.Kind);
        return item;
    }
}
