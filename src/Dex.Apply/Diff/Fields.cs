using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Apply.Planning;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Diff;

/// <summary>Finds the fields in which two states of an object differ.</summary>
static class Fields
{
    static readonly string[] Bookkeeping = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];

    /// <summary>All of them in the order of the fields; values of Secrets are hidden, what the server keeps for itself is left out.</summary>
    public static IReadOnlyList<FieldChange> Compare(JsonObject? before, JsonObject? after)
    {
        var changes = new List<FieldChange>();
        Compare("", Plain(before), Plain(after), changes);
        if (!SecretData.IsSecret(after ?? before ?? [])) return changes;
        return [.. changes.Select(change => IsSecret(change.Path) ? change with { Before = Hide(change.Before), After = Hide(change.After) } : change)];
    }

    static JsonObject Plain(JsonObject? obj)
    {
        if (obj is null) return [];
        var copy = obj.Copy();
        copy.Remove("status");
        foreach (var field in Bookkeeping) copy.Object("metadata")?.Remove(field);
        return copy;
    }

    static bool IsSecret(string path) => path.StartsWith("data", StringComparison.Ordinal) || path.StartsWith("stringData", StringComparison.Ordinal);

    static JsonNode? Hide(JsonNode? value) => value is null ? null : JsonValue.Create("(secret)");

    static void Compare(string path, JsonNode? before, JsonNode? after, List<FieldChange> changes)
    {
        if (JsonNode.DeepEquals(before, after)) return;
        if (before is JsonObject or null && after is JsonObject or null && (before ?? after) is JsonObject)
        {
            foreach (var key in Keys(before as JsonObject, after as JsonObject)) Compare(path.Length == 0 ? key : $"{path}.{key}", (before as JsonObject)?[key], (after as JsonObject)?[key], changes);
        }
        else if (Named(before) is { } old && Named(after) is { } young && old.Count + young.Count > 0)
        {
            foreach (var name in old.Keys.Union(young.Keys)) Compare($"{path}[{name}]", old.GetValueOrDefault(name), young.GetValueOrDefault(name), changes);
        }
        else
        {
            changes.Add(new FieldChange(path, before?.DeepClone(), after?.DeepClone()));
        }
    }

    static IEnumerable<string> Keys(JsonObject? before, JsonObject? after) => (before ?? []).Select(entry => entry.Key).Union((after ?? []).Select(entry => entry.Key));

    /// <summary>The items of a list by name; null when it is no list of things with different names.</summary>
    static Dictionary<string, JsonNode>? Named(JsonNode? node)
    {
        var named = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        if (node is null) return named;
        if (node is not JsonArray list) return null;
        foreach (var item in list)
        {
            if (item is not JsonObject obj || obj["name"]?.GetValueKind() != JsonValueKind.String || !named.TryAdd(obj["name"]!.GetValue<string>(), obj)) return null;
        }

        return named;
    }
}
