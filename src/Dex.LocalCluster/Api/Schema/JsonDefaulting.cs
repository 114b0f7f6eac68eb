using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

static class JsonDefaulting
{
    /// <summary>Sets what is absent, null, an empty text or an empty list.</summary>
    public static JsonObject Default(this JsonObject map, string name, JsonNode value)
    {
        if (map[name] is null or JsonArray { Count: 0 } || (value is JsonValue && Scalars.Text(map[name]) is ""))
            map[name] = value;
        return map;
    }

    /// <summary>Sets what is absent or zero: numbers that Go holds without a pointer.</summary>
    public static JsonObject DefaultNumber(this JsonObject map, string name, long value)
    {
        if (map[name] is not { } present || (Scalars.TryInteger(present, out var number) && number == 0))
            map[name] = value;
        return map;
    }
}
