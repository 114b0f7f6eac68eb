using System.Text.Json.Nodes;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>Free JSON from merged nodes.</summary>
internal static class JsonBinder
{
    public static JsonNode? Bind(MergedNode node, Resolution resolution)
    {
        if (node.IsList) return new JsonArray([.. node.Children!.Where(c => !c.IsRemoved).Select(c => Bind(c, resolution))]);
        if (node.Children is not null)
        {
            var result = new JsonObject();
            foreach (var child in node.Children)
            {
                if (!child.IsRemoved) result[child.Key] = Bind(child, resolution);
            }

            return result;
        }

        if (node.Scalar is not { } scalar) return null;
        if (!node.IsTemplate) return YamlJson.ToCoreJson(scalar);
        return resolution.Known.TryGetValue(node, out var value) ? value.ToJson() : JsonValue.Create(scalar.Text);
    }
}
