using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Apply;

/// <summary>
/// One step of a field path in the notation of FieldsV1: <c>f:name</c>, <c>k:{"name":"a"}</c> for an item of a list map,
/// <c>v:"x"</c> for an item of a set.
/// </summary>
static class PathElement
{
    public static string Field(string name) => "f:" + name;

    public static bool IsField(string element) => element.StartsWith("f:", StringComparison.Ordinal);

    /// <summary>How the list tells this item from the others; key fields that are absent count with their default.</summary>
    public static string Item(TypeSchema list, JsonNode? item)
    {
        if (list.ListType == ListType.Set)
            return "v:" + (item?.ToJsonString(JsonText.Options) ?? "null");
        var keys = new JsonObject();
        foreach (var key in list.Keys.Order(StringComparer.Ordinal))
            keys[key] = ((item as JsonObject)?[key] ?? list.Element!.Field(key)?.Default)?.DeepClone();
        return "k:" + keys.ToJsonString(JsonText.Options);
    }

    /// <summary>The notation of messages: <c>.name</c>, <c>[name="a"]</c>, <c>[="x"]</c>.</summary>
    public static string Display(string element)
    {
        var rest = element[2..];
        return element[0] switch
        {
            'f' => "." + rest,
            'v' => $"[={rest}]",
            'k' => $"[{string.Join(',', JsonNode.Parse(rest)!.AsObject().Select(k => $"{k.Key}={k.Value?.ToJsonString(JsonText.Options) ?? "null"}"))}]",
            _ => $"[{rest}]",
        };
    }
}
