using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Apply;

/// <summary>The items of a list by their path element; a legal list may hold several items under one.</summary>
static class ListIndex
{
    public static Dictionary<string, List<JsonNode?>> Of(TypeSchema schema, JsonArray? list)
    {
        var index = new Dictionary<string, List<JsonNode?>>(StringComparer.Ordinal);
        foreach (var item in list ?? [])
        {
            var element = PathElement.Item(schema, item);
            if (!index.TryGetValue(element, out var same))
                index[element] = same = [];
            same.Add(item);
        }
        return index;
    }
}
