using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Patch;

/// <summary>JSON Patch (RFC 6902).</summary>
static class JsonPatch
{
    /// <summary>Checks the form of a patch before it is applied.</summary>
    /// <exception cref="ApiException">Not a list of operations.</exception>
    public static JsonArray Parse(JsonNode? patch) => patch as JsonArray
        ?? throw ApiErrors.BadRequest($"error decoding patch: json: cannot unmarshal {GoKind(patch)} into Go value of type []handlers.jsonPatchOp");

    /// <exception cref="ApiException">An operation failed.</exception>
    public static JsonNode Apply(JsonNode document, JsonArray patch)
    {
        // A root above the document makes replacing the whole an ordinary operation.
        var root = new JsonObject { [""] = document };
        foreach (var operation in patch)
        {
            if (operation is not JsonObject fields || !TryApply(root, fields))
                throw ApiErrors.RejectedPatch();
        }
        var result = root[""] ?? throw ApiErrors.RejectedPatch();
        root.Remove("");
        return result;
    }

    static bool TryApply(JsonObject root, JsonObject operation)
    {
        if (Pointer(operation, "path") is not { } path)
            return false;
        switch ((string?)operation["op"])
        {
            case "add":
                return operation.ContainsKey("value") && Add(root, path, operation["value"]?.DeepClone());
            case "remove":
                return Remove(root, path, out _);
            case "replace":
                return operation.ContainsKey("value") && Remove(root, path, out _) && Add(root, path, operation["value"]?.DeepClone());
            case "move":
                return Pointer(operation, "from") is { } source && Remove(root, source, out var moved) && Add(root, path, moved);
            case "copy":
                return Pointer(operation, "from") is { } original && Find(root, original, out var copied) && Add(root, path, copied?.DeepClone());
            case "test":
                return (Find(root, path, out var actual) || operation["value"] is null) && JsonNode.DeepEquals(actual, operation["value"]);
            default:
                return false;
        }
    }

    static string[]? Pointer(JsonObject operation, string name)
    {
        if (operation[name] is not JsonValue value || !value.TryGetValue(out string? text) || (text.Length > 0 && text[0] != '/'))
            return null;
        return [.. text.Split('/').Select(step => step.Replace("~1", "/").Replace("~0", "~"))];
    }

    static bool Find(JsonObject root, ReadOnlySpan<string> path, out JsonNode? found)
    {
        found = root;
        foreach (var step in path)
        {
            switch (found)
            {
                case JsonObject map when map.TryGetPropertyValue(step, out found):
                    continue;
                case JsonArray list when Index(step, list.Count) is { } index && index < list.Count:
                    found = list[index];
                    continue;
                default:
                    found = null;
                    return false;
            }
        }
        return true;
    }

    static bool Add(JsonObject root, string[] path, JsonNode? value)
    {
        if (!Find(root, path.AsSpan()[..^1], out var parent))
            return false;
        switch (parent)
        {
            case JsonObject map:
                map[path[^1]] = value;
                return true;
            case JsonArray list when path[^1] == "-":
                list.Add(value);
                return true;
            case JsonArray list when Index(path[^1], list.Count) is { } index && index <= list.Count:
                list.Insert(index, value);
                return true;
            default:
                return false;
        }
    }

    static bool Remove(JsonObject root, string[] path, out JsonNode? removed)
    {
        if (!Find(root, path, out removed) || !Find(root, path.AsSpan()[..^1], out var parent))
            return false;
        if (parent is JsonObject map)
            map.Remove(path[^1]);
        else if (parent is JsonArray list)
            list.RemoveAt(Index(path[^1], list.Count)!.Value);
        return true;
    }

    // Negative indexes count from the end, as in the library that kube-apiserver uses.
    static int? Index(string step, int count)
    {
        if (!int.TryParse(step, out var index))
            return null;
        return index < 0 ? index + count >= 0 ? index + count : null : index;
    }

    static string GoKind(JsonNode? node) => node?.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "bool",
        _ => "null",
    };
}
