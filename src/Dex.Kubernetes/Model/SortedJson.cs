using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.Kubernetes.Model;

/// <summary>Writes objects with sorted keys, so that the same object has the same bytes however it was put together.</summary>
public static class SortedJson
{
    /// <summary>Writes a value and all that is in it; keys are compared ordinally.</summary>
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
