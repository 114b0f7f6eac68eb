using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Dex.Tests.LocalCluster.Conformance;

/// <summary>Takes out of an answer what two servers cannot have in common: identities, times, revisions, allocated addresses and names.</summary>
static partial class Normalization
{
    public static JsonNode? Of(JsonNode? node, string key = "")
    {
        switch (node)
        {
            case JsonObject map:
                DropControllersPart(map);
                var result = new JsonObject();
                foreach (var (name, value) in map)
                    result[Text(name)] = name == "managedFields" ? Managed(value) : Of(value, name);
                return result;
            case JsonArray list:
                return new JsonArray([.. list.Select(i => Of(i))]);
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                return key is "resourceVersion" or "continue" or "pod-template-hash" ? key.ToUpperInvariant() : Text(value.GetValue<string>());
            case JsonValue value when key is "nodePort" or "remainingItemCount" && value.GetValueKind() == JsonValueKind.Number:
                return 1;
            default:
                return node?.DeepClone();
        }
    }

    /// <summary>How far the Deployment controller has come when a request is answered is a matter of milliseconds on either server.</summary>
    static void DropControllersPart(JsonObject map)
    {
        if ((string?)map["kind"] != "Deployment" || map["metadata"] is not JsonObject metadata)
            return;
        map.Remove("status");
        if (metadata["annotations"] is JsonObject annotations && annotations.Remove("deployment.kubernetes.io/revision") && annotations.Count == 0)
            metadata.Remove("annotations");
    }

    // What the recorded controllers had written when an answer was given is a matter of milliseconds; entries of one second are in
    // the order of their managers.
    static JsonArray Managed(JsonNode? entries) => new([.. entries!.AsArray()
        .Where(e => (string?)e!["manager"] is not ("kube-controller-manager" or "kube-scheduler"))
        .OrderBy(e => $"{e!["operation"]} {e["manager"]} {e["subresource"]}", StringComparer.Ordinal)
        .Select(e => Of(e))]);

    public static string Text(string text)
    {
        text = Uuid().Replace(text, "UID");
        text = Time().Replace(text, "TIME");
        text = Age().Replace(text, "AGE");
        text = Address().Replace(text, "ADDRESS");
        text = Fingerprint().Replace(text, "X509");
        text = TemplateHash().Replace(text, "pod-template-hash=HASH");
        text = GeneratedName().Replace(text, "$1-RANDOM");
        text = Revisions().Replace(text, "$1 N");
        return text;
    }

    /// <summary>The first place where two answers differ, or null.</summary>
    public static string? Difference(JsonNode? expected, JsonNode? actual, string path = "")
    {
        switch (expected, actual)
        {
            case (JsonObject a, JsonObject b):
                return a.Select(p => p.Key).Union(b.Select(p => p.Key)).Select(k => a.ContainsKey(k) != b.ContainsKey(k)
                    ? $"{path}.{k}: {(a.ContainsKey(k) ? $"missing, expected {Short(a[k])}" : $"unexpected {Short(b[k])}")}"
                    : Difference(a[k], b[k], $"{path}.{k}")).FirstOrDefault(d => d is not null);
            case (JsonArray a, JsonArray b):
                return a.Count != b.Count ? $"{path}: {a.Count} items expected, {b.Count} found: {Short(a)} <> {Short(b)}"
                    : Enumerable.Range(0, a.Count).Select(i => Difference(a[i], b[i], $"{path}[{i}]")).FirstOrDefault(d => d is not null);
            default:
                return JsonNode.DeepEquals(expected, actual) ? null : $"{path}: expected {Short(expected)}, found {Short(actual)}";
        }
    }

    static string Short(JsonNode? node) => node?.ToJsonString() is { } text ? text.Length > 300 ? text[..300] + "…" : text : "null";

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuid();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")]
    private static partial Regex Time();

    [GeneratedRegex(@"^(\d+d)?(\d+h)?(\d+m)?(\d+s)$")]
    private static partial Regex Age();

    [GeneratedRegex(@"\b(10|127)\.\d+\.\d+\.\d+(:\d+)?\b")]
    private static partial Regex Address();

    [GeneratedRegex("pod-template-hash=[0-9a-z]+")]
    private static partial Regex TemplateHash();

    [GeneratedRegex("X509SHA256=[0-9a-f]{64}")]
    private static partial Regex Fingerprint();

    [GeneratedRegex(@"\b(gen|kube-api-access|d|ssa|ds|ss|s|s2)(-[0-9a-z]{8,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}\b|\b(d|ssa)-[0-9a-z]{8,10}\b")]
    private static partial Regex GeneratedName();

    [GeneratedRegex(@"(current:|version: \d+ \()\s*\d+")]
    private static partial Regex Revisions();
}
