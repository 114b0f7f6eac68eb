using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Patch;

namespace Dex.Tests.LocalCluster.Api;

/// <summary>Where a strategic merge patch puts the items of a list that is merged by name: an order that moves starts all pods anew.</summary>
public sealed class StrategicOrderTests
{
    [Theory]
    [InlineData("a b c", "c", "", "a b c")]
    [InlineData("a b c", "c a", "", "b c a")]
    [InlineData("a b", "n", "", "n a b")]
    [InlineData("a b", "b n", "", "a b n")]
    [InlineData("a b c", "c n", "c n", "a b c n")]
    [InlineData("a b c", "n", "n b", "n a b c")]
    [InlineData("a b c", "n", "a n b c", "a n b c")]
    [InlineData("a b c", "-b", "", "a c")]
    [InlineData("a b c", "", "c b a", "c b a")]
    public void Items_keep_their_places_unless_the_patch_orders_them(string live, string patch, string order, string expected)
    {
        var list = new JsonObject();
        if (patch.Length > 0)
            list["containers"] = new JsonArray([.. patch.Split(' ').Select(Item)]);
        if (order.Length > 0)
            list["$setElementOrder/containers"] = new JsonArray([.. order.Split(' ').Select(Item)]);

        var patched = StrategicMergePatch.Apply(Pods.Schema, new() { ["spec"] = new JsonObject { ["containers"] = new JsonArray([.. live.Split(' ').Select(Item)]) } }, new() { ["spec"] = list });

        Assert.Equal(expected, string.Join(' ', patched.Items("spec", "containers").Select(c => c.Text("name"))));
    }

    static ResourceType Pods => ResourceCatalog.BuiltIn.Types.Single(t => t.Storage == "pods");

    static JsonNode Item(string name) => name[0] == '-' ? new JsonObject { ["$patch"] = "delete", ["name"] = name[1..] } : new JsonObject { ["name"] = name };
}
