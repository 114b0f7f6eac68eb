using System.Text.Json.Nodes;

namespace Dex.Features.Manifests;

/// <summary>Small helps for building and changing JSON objects.</summary>
static class Json
{
    public static JsonArray Array(IEnumerable<JsonNode?> items) => new([.. items]);

    /// <summary>Null for an empty list, so that the key is left out.</summary>
    public static JsonArray? ArrayOrNull(IEnumerable<JsonNode?> items) => Array(items) is { Count: > 0 } array ? array : null;

    public static JsonArray? Strings(IReadOnlyList<string> items) => items.Count == 0 ? null : new JsonArray([.. items]);

    /// <summary>Removes keys that are null: in the initialisers they stand for "left out".</summary>
    public static JsonObject WithoutNulls(JsonObject value)
    {
        foreach (var key in value.Where(pair => pair.Value is null).Select(pair => pair.Key).ToList()) value.Remove(key);
        foreach (var (_, child) in value) Descend(child);
        return value;

        static void Descend(JsonNode? node)
        {
            if (node is JsonObject map) WithoutNulls(map);
            if (node is not JsonArray list) return;
            foreach (var item in list) Descend(item);
        }
    }

    /// <summary>Applies a JSON merge patch (RFC 7386).</summary>
    public static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            if (value is null) target.Remove(key);
            else if (value is JsonObject map)
            {
                if (target[key] is not JsonObject inner) target[key] = inner = [];
                Merge(inner, map);
            }
            else target[key] = value.DeepClone();
        }
    }
}
