using System.Text.Json.Nodes;

namespace Dex.Tests.LocalCluster.Conformance;

/// <summary>Discovery is compared on the groups and resources that both servers have; <c>/version</c> by its fields.</summary>
static class DiscoveryComparison
{
    public static string? Difference(JsonNode expected, JsonNode actual)
    {
        if (expected["gitVersion"] is not null)
            return Normalization.Difference(Blank(expected.AsObject()), Blank(actual.AsObject()));
        var (a, b) = (expected.DeepClone().AsObject(), actual.DeepClone().AsObject());
        KeepCommon(a, b, "groups", "name");
        KeepCommon(a, b, "resources", "name");
        if (a["items"] is JsonArray)
            Aggregated(a, b);
        return Normalization.Difference(Normalization.Of(a), Normalization.Of(b));
    }

    static JsonObject Blank(JsonObject version) => new(version.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)"")));

    static void Aggregated(JsonObject a, JsonObject b)
    {
        KeepCommon(a, b, "items", "metadata");
        foreach (var (left, right) in a["items"]!.AsArray().Zip(b["items"]!.AsArray()))
        {
            KeepCommon(left!.AsObject(), right!.AsObject(), "versions", "version");
            foreach (var (x, y) in left["versions"]!.AsArray().Zip(right["versions"]!.AsArray()))
                KeepCommon(x!.AsObject(), y!.AsObject(), "resources", "resource");
        }
    }

    static void KeepCommon(JsonObject a, JsonObject b, string list, string key)
    {
        if (a[list] is not JsonArray left || b[list] is not JsonArray right)
            return;
        string Key(JsonNode? item) => item![key]!.ToJsonString();
        var common = left.Select(Key).Intersect(right.Select(Key)).ToHashSet();
        a[list] = new JsonArray([.. left.Where(i => common.Contains(Key(i))).OrderBy(Key, StringComparer.Ordinal).Select(i => i!.DeepClone())]);
        b[list] = new JsonArray([.. right.Where(i => common.Contains(Key(i))).OrderBy(Key, StringComparer.Ordinal).Select(i => i!.DeepClone())]);
    }
}
