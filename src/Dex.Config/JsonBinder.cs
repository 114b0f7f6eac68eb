using System.Text.Json.Nodes;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>Free JSON from merged nodes.</summary>
static class JsonBinder
{
    public static JsonNode? Bind(MergedNode node, IReadOnlyDictionary<MergedNode, ExpressionValue> known)
    {
        if (node.IsList) return new JsonArray([.. node.Children!.Where(c => !c.IsRemoved).Select(c => Bind(c, known))]);
        if (node.Children is not null)
        {
            var result = new JsonObject();
            foreach (var child in node.Children)
            {
                if (!child.IsRemoved) result[child.Key] = Bind(child, known);
            }

            return result;
        }

        if (node.Scalar is not { } scalar) return null;
        if (!node.IsTemplate) return YamlJson.ToCoreJson(scalar);
        return known.TryGetValue(node, out var value) ? value.ToJson() : JsonValue.Create(scalar.Text);
    }
}
