using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Schema;
using Encoding = System.Text.Encoding;

namespace Dex.Tests.LocalCluster.Schema;

public class TypeTableTests
{

    static readonly string[] Compared =
        ["type", "format", "required", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-patch-merge-key", "x-kubernetes-patch-strategy", "additionalProperties", "items"];

    [Theory]
    [InlineData("kubernetes-1.32.types.gz", "4522543eab6039a35de2e4ddf363a5c3e1326c2c286123d31dacb465f6a06f77")]
    [InlineData("kubernetes-1.32.columns.gz", "6a1aec499a046fe32d2eec5fbd5faab55116deeb6e669abf9ade985867ce5a72")]
    public void A_table_is_the_one_that_the_generator_wrote(string resource, string digest) =>
        Assert.Equal(digest, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(TypeTable.ReadText(resource)))));

    [Fact]
    public void Fields_are_made_once_however_many_ask()
    {
        var made = 0;
        var schema = new TypeSchema(SchemaKind.Struct, "v1.X", () =>
        {
            Interlocked.Increment(ref made);
            return [new() { Name = "a", Type = new(SchemaKind.String, "string") }];
        });

        Parallel.For(0, 64, _ => Assert.Single(schema.Fields));

        Assert.Equal(1, made);
    }

    [Fact]
    public void Every_served_kind_has_its_fields() =>
        Assert.All(BuiltInResources.All, type => Assert.NotNull(type.Schema.Field("metadata")));

    [Fact]
    public void The_table_says_what_the_published_documents_say()
    {
        var folder = SharedData.Require("data/openapi/1.32/v3");
        var (differences, types) = (new List<string>(), 0);
        foreach (var group in BuiltInResources.All.GroupBy(t => t.GroupVersion, StringComparer.Ordinal))
        {
            var path = Path.Combine(folder, group.Key.Contains('/') ? $"apis/{group.Key}.json.gz" : $"api/{group.Key}.json.gz");
            using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            var published = JsonNode.Parse(gzip)!["components"]!["schemas"]!.AsObject();
            var mine = JsonNode.Parse(OpenApi.Document(group.Key, BuiltInResources.All)!)!["components"]!["schemas"]!.AsObject();
            foreach (var (name, schema) in mine)
            {
                if (published[name] is JsonObject expected)
                {
                    types++;
                    Compare(name, Normal(expected), Normal((JsonObject)schema!), differences);
                }
                else
                {
                    differences.Add($"{group.Key} {name} is not published");
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences.Distinct(StringComparer.Ordinal).Take(60)));
        Assert.True(types > 500, $"only {types} types compared");
    }

    static void Compare(string name, JsonObject expected, JsonObject actual, List<string> differences)
    {
        foreach (var key in Compared)
        {
            if (!JsonNode.DeepEquals(expected[key], actual[key]))
            {
                differences.Add($"{name} {key}: published {expected[key]?.ToJsonString()}, table {actual[key]?.ToJsonString()}");
            }
        }

        var (properties, mine) = (expected["properties"] as JsonObject ?? [], actual["properties"] as JsonObject ?? []);
        foreach (var (property, value) in properties)
        {
            if (mine[property] is JsonObject found)
            {
                Compare($"{name}.{property}", Normal((JsonObject)value!), Normal(found), differences);
            }
            else
            {
                differences.Add($"{name}.{property} is missing");
            }
        }

        differences.AddRange(mine.Where(p => !properties.ContainsKey(p.Key)).Select(p => $"{name}.{p.Key} is not published"));
    }

    // One way to write a reference, no descriptions, no order among the required.
    static JsonObject Normal(JsonObject schema)
    {
        var normal = new JsonObject();
        foreach (var (key, value) in schema)
        {
            switch (key)
            {
                case "allOf" when value!.AsArray().Count == 1: normal["type"] = value[0]!["$ref"]!.DeepClone(); break;
                case "$ref": normal["type"] = value!.DeepClone(); break;
                case "required": normal[key] = new JsonArray([.. value!.AsArray().Select(v => v!.GetValue<string>()).Order(StringComparer.Ordinal).Select(v => (JsonNode)v)]); break;
                case "items" or "additionalProperties" when value is JsonObject child: normal[key] = Normal(child); break;
                case "description" or "default" or "enum": break;
                // What is so anyway: granular maps, replaced values, bytes as a whole.
                case "x-kubernetes-map-type" when value!.GetValue<string>() == "granular":
                case "x-kubernetes-patch-strategy" when value!.GetValue<string>() == "replace":
                case "x-kubernetes-list-type" when schema["format"]?.GetValue<string>() == "byte": break;
                default: normal[key] = value?.DeepClone(); break;
            }
        }

        return normal;
    }
}
