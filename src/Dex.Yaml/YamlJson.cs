using System.Text.Json.Nodes;

namespace Dex.Yaml;

/// <summary>Reads raw Kubernetes manifests: YAML with the scalar typing of <c>kubectl</c> (YAML 1.1, as in sigs.k8s.io/yaml) as JSON.</summary>
public static class YamlJson
{
    /// <summary>The documents of a stream; empty documents are left out.</summary>
    /// <param name="file">The name used in places that are shown to a user.</param>
    /// <param name="utf8">The bytes of the stream; JSON is YAML, too.</param>
    /// <exception cref="DiagnosticException">The text is not YAML.</exception>
    public static List<JsonNode> ToJsonNodes(string file, ReadOnlyMemory<byte> utf8) =>
        [.. YamlParser.ParseAll(file, utf8).Where(d => d.Root is not null).Select(d => ToJson(d.Root!)).OfType<JsonNode>()];

    /// <summary>One value with kubectl's typing: <c>yes</c> and <c>on</c> are booleans, <c>017</c> is fifteen. Null is null.</summary>
    public static JsonNode? ToJson(YamlNode node) => Convert(node, Yaml11.Resolve);

    /// <summary>One value with the typing of YAML 1.2's core schema: only <c>true</c> and <c>false</c> are booleans, <c>0o17</c> is fifteen.</summary>
    public static JsonNode? ToCoreJson(YamlNode node) => Convert(node, Yaml12.Resolve);

    static JsonNode? Convert(YamlNode node, Func<YamlScalar, JsonNode?> resolve)
    {
        switch (node)
        {
            case YamlMap map:
                var result = new JsonObject();
                foreach (var entry in map.Entries)
                {
                    // A repeated key may appear only after typing: `true` and `yes`.
                    result[Key(entry, resolve)] = Convert(entry.Value, resolve);
                }

                return result;
            case YamlList list:
                var array = new JsonArray();
                foreach (var item in list.Items) array.Add(Convert(item, resolve));
                return array;
            default:
                return resolve((YamlScalar)node);
        }
    }

    static string Key(YamlEntry entry, Func<YamlScalar, JsonNode?> resolve)
    {
        if (!entry.IsPlainKey) return entry.Key;
        var typed = resolve(new YamlScalar(entry.Key, ScalarStyle.Plain, entry.KeySpan));
        return typed is null ? entry.Key.Length == 0 ? "null" : entry.Key : typed.GetValueKind() == System.Text.Json.JsonValueKind.String ? typed.GetValue<string>() : typed.ToJsonString();
    }
}
