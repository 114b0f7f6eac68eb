using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dex.App;
using Dex.Config;

namespace Dex.Tests.Config;

/// <summary>The form of the schema that editors need; <see cref="EditorTests"/> shows what they make of it.</summary>
public sealed class JsonSchemaTests
{
    static readonly JsonObject Schema = ConfigSchema.For<Shop>().ToJsonSchema();

    static JsonNode Named => Schema["definitions"]!["ShopService.named"]!["properties"]!;

    [Fact]
    public void Nothing_is_required_that_an_environment_may_supply()
    {
        Assert.Equal("""["dex"]""", Schema["required"]!.ToJsonString());
        Assert.Null(Schema["definitions"]!["ShopService.named"]!["required"]);
        Assert.Null(Schema["definitions"]!["environment"]!["required"]);
    }

    [Fact]
    public void Overlays_know_null_append_and_replace()
    {
        Assert.Contains("null", Named["replicas"]!["type"]!.AsArray().Select(t => (string)t!));
        Assert.Equal("Appends to what lower layers set. Arguments of the command.", (string?)Named["args+"]!["description"]);
        Assert.Equal("Replaces what lower layers set. Environment variables.", (string?)Named["env!"]!["description"]);
        Assert.NotNull(Named["extends"]);
    }

    [Fact]
    public void A_number_may_be_an_expression_and_says_so()
    {
        Assert.Equal("""["integer","string","null"]""", Named["replicas"]!["type"]!.ToJsonString());
        Assert.Equal((0.0, 50.0), ((double)Named["replicas"]!["minimum"]!, (double)Named["replicas"]!["maximum"]!));
        Assert.Equal("must be a whole number from 0 to 50, or an expression ${{ … }}", (string?)Named["replicas"]!["patternErrorMessage"]);
    }

    [Fact]
    public void An_old_name_is_marked() => Assert.Equal("Now `size`. It stops working in 2.0.", (string?)Named["cpu"]!["deprecationMessage"]);

    [Fact]
    public void A_union_branches_on_its_discriminator()
    {
        var union = Schema["definitions"]!["Database.named"]!;
        Assert.Equal("""["postgres","redis"]""", union["properties"]!["type"]!["enum"]!.ToJsonString());
        var branch = union["allOf"]![0]!;
        Assert.Equal("postgres", (string?)branch["if"]!["properties"]!["type"]!["const"]);
        Assert.NotNull(branch["then"]!["properties"]!["version"]);
        Assert.Null(branch["then"]!["properties"]!["eviction"]);
    }

    [Fact]
    public void Every_pattern_reads_the_same_in_JavaScript()
    {
        var patterns = Patterns(ConfigSchema.For<AppConfig>().ToJsonSchema()).Concat(Patterns(Schema)).Distinct().ToList();
        Assert.NotEmpty(patterns);
        // .NET's ECMAScript mode refuses most of what only .NET knows.
        Assert.All(patterns, p => { _ = new Regex(p, RegexOptions.ECMAScript); Assert.DoesNotMatch(@"\(\?[<#>imsx-]|\\[AGZzpP]", p); });
    }

    static IEnumerable<string> Patterns(JsonNode? node) => node switch
    {
        JsonObject map => map.Where(p => p is { Key: "pattern", Value: JsonValue }).Select(p => (string)p.Value!).Concat(map.SelectMany(p => Patterns(p.Value))),
        JsonArray list => list.SelectMany(Patterns),
        _ => [],
    };
}
