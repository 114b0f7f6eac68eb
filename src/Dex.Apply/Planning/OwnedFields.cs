using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Planning;

/// <summary>
/// The values that an object has now in the fields that dex applied, as the server tells in <c>managedFields</c>
/// (FieldsV1: <c>f:name</c> is a field, <c>k:{…}</c> a list item by its keys, <c>v:…</c> an element of a set, <c>.</c> the thing
/// itself; what has nothing below it is owned whole). Fields that others own or the server defaulted do not count, so only a real
/// change of what dex wants changes the result.
/// </summary>
static class OwnedFields
{
    /// <summary>What stands for owning nothing, as in a bare namespace or in an object that dex never applied.</summary>
    const string None = "-";

    /// <summary>Identifies them; never empty.</summary>
    public static string Hash(JsonObject live, string manager)
    {
        var entry = live.Items("metadata", "managedFields").FirstOrDefault(field =>
            field.Text("manager") == manager && field.Text("operation") == "Apply" && string.IsNullOrEmpty(field.Text("subresource")));
        if (entry?.Object("fieldsV1") is not { } fields) return None;
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, fields, live, SecretData.IsSecret(live));
        return ObjectHash.Of(buffer.WrittenSpan);
    }

    /// <param name="secret">At the root of a Secret: its values are compared elsewhere.</param>
    static void Write(Utf8JsonWriter writer, JsonObject fields, JsonNode? live, bool secret = false)
    {
        writer.WriteStartObject();
        foreach (var (path, below) in fields.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            if (path == ".") continue;
            writer.WritePropertyName(path);
            var value = Select(path, live);
            if (secret && SecretData.IsValues(path[2..])) writer.WriteBooleanValue(value is not null);
            else if (below is JsonObject { Count: > 0 } deeper && value is JsonObject or JsonArray) Write(writer, (JsonObject)below, value);
            else SortedJson.Write(writer, value);
        }

        writer.WriteEndObject();
    }

    static JsonNode? Select(string path, JsonNode? live) => path[..2] switch
    {
        "f:" => (live as JsonObject)?[path[2..]],
        "k:" => JsonNode.Parse(path[2..]) is JsonObject keys ? (live as JsonArray)?.FirstOrDefault(item => item is JsonObject obj && Matches(obj, keys)) : null,
        "v:" => JsonNode.Parse(path[2..]) is { } element ? (live as JsonArray)?.FirstOrDefault(item => JsonNode.DeepEquals(item, element)) : null,
        _ => null,
    };

    static bool Matches(JsonObject item, JsonObject keys) => keys.All(key => JsonNode.DeepEquals(item[key.Key], key.Value));
}
