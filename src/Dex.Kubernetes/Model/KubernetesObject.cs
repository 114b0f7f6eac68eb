using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.Kubernetes.Model;

/// <summary>
/// Kubernetes objects are JSON objects here; these members read the fields that every kind has. A field of the wrong type
/// reads as absent: what a server stores is not ours to reject.
/// </summary>
public static class KubernetesObject
{
    /// <summary><c>apiVersion</c>, or empty.</summary>
    public static string ApiVersion(this JsonObject obj) => obj.Text("apiVersion") ?? "";

    /// <summary><c>kind</c>, or empty.</summary>
    public static string Kind(this JsonObject obj) => obj.Text("kind") ?? "";

    /// <summary><c>apiVersion</c> and <c>kind</c> taken apart.</summary>
    public static GroupVersionKind Gvk(this JsonObject obj) => GroupVersionKind.Of(obj);

    /// <summary><c>metadata</c>, created when absent.</summary>
    public static JsonObject Metadata(this JsonObject obj) => obj.Child("metadata");

    /// <summary><c>metadata.name</c>, or empty.</summary>
    public static string Name(this JsonObject obj) => obj.Text("metadata", "name") ?? "";

    /// <summary><c>metadata.namespace</c>, or empty for a cluster-scoped object.</summary>
    public static string Namespace(this JsonObject obj) => obj.Text("metadata", "namespace") ?? "";

    /// <summary><c>metadata.uid</c>, or empty before the server has seen the object.</summary>
    public static string Uid(this JsonObject obj) => obj.Text("metadata", "uid") ?? "";

    /// <summary><c>metadata.resourceVersion</c>, or empty. Opaque: compare for equality only.</summary>
    public static string ResourceVersion(this JsonObject obj) => obj.Text("metadata", "resourceVersion") ?? "";

    /// <summary><c>metadata.generation</c>: the number of the desired state; 0 when the kind does not count.</summary>
    public static long Generation(this JsonObject obj) => obj.Number("metadata", "generation") ?? 0;

    /// <summary><c>metadata.creationTimestamp</c>, or null.</summary>
    public static DateTimeOffset? CreationTimestamp(this JsonObject obj) => obj.Time("metadata", "creationTimestamp");

    /// <summary><c>metadata.deletionTimestamp</c>: set while finalizers hold a deleted object.</summary>
    public static DateTimeOffset? DeletionTimestamp(this JsonObject obj) => obj.Time("metadata", "deletionTimestamp");

    /// <summary><c>metadata.labels</c> as a fresh map.</summary>
    public static IReadOnlyDictionary<string, string> Labels(this JsonObject obj) => obj.TextMap("metadata", "labels");

    /// <summary>One label, or null.</summary>
    public static string? Label(this JsonObject obj, string key) => obj.Text("metadata", "labels", key);

    /// <summary>Sets one label; null removes it.</summary>
    public static void SetLabel(this JsonObject obj, string key, string? value) => SetEntry(obj.Metadata(), "labels", key, value);

    /// <summary><c>metadata.annotations</c> as a fresh map.</summary>
    public static IReadOnlyDictionary<string, string> Annotations(this JsonObject obj) => obj.TextMap("metadata", "annotations");

    /// <summary>One annotation, or null.</summary>
    public static string? Annotation(this JsonObject obj, string key) => obj.Text("metadata", "annotations", key);

    /// <summary>Sets one annotation; null removes it.</summary>
    public static void SetAnnotation(this JsonObject obj, string key, string? value) => SetEntry(obj.Metadata(), "annotations", key, value);

    /// <summary><c>metadata.finalizers</c>.</summary>
    public static IReadOnlyList<string> Finalizers(this JsonObject obj) => obj.TextList("metadata", "finalizers");

    /// <summary><c>metadata.ownerReferences</c>.</summary>
    public static IReadOnlyList<OwnerReference> OwnerReferences(this JsonObject obj) =>
        [.. obj.Items("metadata", "ownerReferences").Select(OwnerReference.From)];

    /// <summary>The owner that manages this object, or null.</summary>
    public static OwnerReference? ControllerOwner(this JsonObject obj) =>
        obj.OwnerReferences().FirstOrDefault(owner => owner.Controller);

    /// <summary>The entry of <c>status.conditions</c> with a type, or null.</summary>
    public static JsonObject? Condition(this JsonObject obj, string type) =>
        obj.Items("status", "conditions").FirstOrDefault(condition => condition.Text("type") == type);

    /// <summary>Whether a condition has status <c>True</c>.</summary>
    public static bool HasCondition(this JsonObject obj, string type) => obj.Condition(type)?.Text("status") == "True";

    /// <summary>The node at a path of keys, or null when any step is missing or not an object.</summary>
    public static JsonNode? At(this JsonObject obj, params ReadOnlySpan<string> path)
    {
        JsonNode? node = obj;
        foreach (var key in path)
        {
            node = (node as JsonObject)?[key];
        }

        return node;
    }

    /// <summary>The object at a path, or null.</summary>
    public static JsonObject? Object(this JsonObject obj, params ReadOnlySpan<string> path) => obj.At(path) as JsonObject;

    /// <summary>The objects in the list at a path; empty when there is none.</summary>
    public static IEnumerable<JsonObject> Items(this JsonObject obj, params ReadOnlySpan<string> path) =>
        obj.At(path) is JsonArray list ? list.OfType<JsonObject>() : [];

    /// <summary>The string at a path, or null.</summary>
    public static string? Text(this JsonObject obj, params ReadOnlySpan<string> path) =>
        obj.At(path) is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>The whole number at a path, or null.</summary>
    public static long? Number(this JsonObject obj, params ReadOnlySpan<string> path) => obj.At(path) is not JsonValue value ? null
        : value.TryGetValue(out long wide) ? wide
        : value.TryGetValue(out int narrow) ? narrow
        : null;

    /// <summary>The boolean at a path, or null.</summary>
    public static bool? Flag(this JsonObject obj, params ReadOnlySpan<string> path) =>
        obj.At(path) is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    /// <summary>The RFC 3339 time at a path, or null.</summary>
    public static DateTimeOffset? Time(this JsonObject obj, params ReadOnlySpan<string> path) =>
        DateTimeOffset.TryParse(obj.Text(path), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>The map of strings at a path as a fresh map; entries that are not strings are left out.</summary>
    public static IReadOnlyDictionary<string, string> TextMap(this JsonObject obj, params ReadOnlySpan<string> path)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, node) in obj.Object(path) ?? [])
        {
            if (node is JsonValue value && value.TryGetValue(out string? text))
            {
                map[key] = text;
            }
        }

        return map;
    }

    /// <summary>The strings in the list at a path; empty when there is none.</summary>
    public static IReadOnlyList<string> TextList(this JsonObject obj, params ReadOnlySpan<string> path) =>
        obj.At(path) is JsonArray list ? [.. list.OfType<JsonValue>().Where(v => v.GetValueKind() == JsonValueKind.String).Select(v => v.GetValue<string>())] : [];

    /// <summary>The object under a key, created when absent or not an object.</summary>
    public static JsonObject Child(this JsonObject obj, string key)
    {
        if (obj[key] is JsonObject child)
        {
            return child;
        }

        child = [];
        obj[key] = child;
        return child;
    }

    /// <summary>A deep copy that shares nothing.</summary>
    public static JsonObject Copy(this JsonObject obj) => (JsonObject)obj.DeepClone();

    static void SetEntry(JsonObject metadata, string map, string key, string? value)
    {
        if (value is not null)
        {
            metadata.Child(map)[key] = value;
        }
        else if (metadata[map] is JsonObject entries)
        {
            entries.Remove(key);
        }
    }
}
