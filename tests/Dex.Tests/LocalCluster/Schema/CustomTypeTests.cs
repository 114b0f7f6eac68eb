using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Schema;
using Dex.Yaml;
using Encoding = System.Text.Encoding;

namespace Dex.Tests.LocalCluster.Schema;

public class CustomTypeTests
{
    // Illustrations that their own definitions refuse: several providers at once, "..." for values, a version in a group.
    static readonly HashSet<string> WrongUpstream =
        ["ClusterSecretStore example", "SecretStore example", "SecretStore example-instance-principal", "NodePool windows2022"];

    static readonly ResourceType Widgets = CustomType.Resources((JsonObject)JsonNode.Parse("""
        {"spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"]}, "versions": [
          {"name": "v1", "served": true, "storage": true, "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.num", "statusReplicasPath": ".status.num"}},
           "additionalPrinterColumns": [{"name": "Num", "type": "integer", "jsonPath": ".spec.num"}],
           "schema": {"openAPIV3Schema": {"type": "object", "required": ["spec"], "properties": {
             "spec": {"type": "object", "required": ["num"], "properties": {
               "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
               "list": {"type": "array", "items": {"type": "object", "required": ["k"], "properties": {"k": {"type": "string"}, "v": {"type": "string", "default": "d"}}}, "x-kubernetes-list-map-keys": ["k"], "x-kubernetes-list-type": "map"},
               "mode": {"type": "string", "default": "a", "enum": ["a", "b"]},
               "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 3},
               "num": {"type": "integer", "maximum": 5, "minimum": 1},
               "port": {"x-kubernetes-int-or-string": true},
               "template": {"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true}}},
             "status": {"type": "object", "properties": {"num": {"type": "integer"}}}}}}},
          {"name": "v0", "served": false, "storage": false, "schema": {"openAPIV3Schema": {"type": "object"}}}]}}
        """)!).Single();

    [Fact]
    public void Unknown_fields_are_pruned_and_defaults_filled_in()
    {
        var decoded = Decode("""{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w","foo":1},"spec":{"num":2,"junk":1,"any":{"x":1},"port":"http","list":[{"k":"1","z":2}],"template":{"kind":"A","b":{"c":1}}}}""");

        Assert.Equal(["unknown field \"metadata.foo\"", "unknown field \"spec.junk\"", "unknown field \"spec.list[0].z\""], decoded.Strict);
        Assert.Equal(
            """{"num":2,"any":{"x":1},"port":"http","list":[{"k":"1","v":"d"}],"template":{"kind":"A","b":{"c":1}},"mode":"a"}""",
            Defaults.Apply(Widgets, decoded.Object)["spec"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"num":9,"mode":"z"}""", "spec.mode: Unsupported value: \"z\": supported values: \"a\", \"b\"", "spec.num: Invalid value: 9: spec.num in body should be less than or equal to 5")]
    [InlineData("""{}""", "spec.num: Required value")]
    [InlineData("""{"num":"x"}""", "spec.num: Invalid value: \"string\": spec.num in body must be of type integer: \"string\"", ".spec.num: Invalid value: 0: .spec.num accessor error: x is of the type string, expected int64")]
    [InlineData("""{"num":1,"name":"ABCD"}""", "spec.name: Too long: may not be more than 3 bytes", "spec.name: Invalid value: \"ABCD\": spec.name in body should match '^[a-z]+$'")]
    [InlineData("""{"num":1,"list":[{"k":"a"},{"k":"a"}]}""", "spec.list[1]: Duplicate value: map[string]interface {}{\"k\":\"a\"}")]
    [InlineData("""{"num":1,"port":1.5}""", "spec.port: Invalid value: \"number\": spec.port in body must be of type integer,string: \"number\"")]
    [InlineData("""{"num":1,"port":80}""")]
    public void The_schema_objects_in_the_servers_words(string spec, params string[] errors)
    {
        var value = new JsonObject { ["apiVersion"] = "example.com/v1", ["kind"] = "Widget", ["metadata"] = new JsonObject { ["name"] = "w" }, ["spec"] = JsonNode.Parse(spec) };

        Assert.Equal(errors, Widgets.Definition!.Validate(value).Select(e => e.ToString()));
    }

    [Theory]
    [InlineData("""{"apiVersion":"example.com/v2","kind":"Widget"}""", "the API version in the data (example.com/v2) does not match the expected API version (example.com/v1)")]
    [InlineData("""{"apiVersion":"example.com/v1"}""", "Object 'Kind' is missing")]
    public void Another_version_or_no_kind_is_refused(string body, string message) =>
        Assert.Contains(message, Assert.Throws<DecodeException>(() => Decode(body)).Message);

    [Fact]
    public void List_keys_and_unknown_parts_reach_the_apply_schema()
    {
        var spec = Widgets.Schema.Field("spec")!.Type;

        Assert.Equal((ListType.Map, "k"), (spec.Field("list")!.Type.ListType, spec.Field("list")!.Type.Keys.Single()));
        Assert.Equal((SchemaKind.Any, false), (spec.Field("any")!.Type.Kind, spec.Field("any")!.Type.IsAtomic));
        Assert.Same(Schemas.ObjectMeta, Widgets.Schema.Field("metadata")!.Type);
    }

    [Theory]
    [InlineData(".status.conditions[?(@.type==\"Ready\")].status", "True")]
    [InlineData(".metadata.labels.app\\.kubernetes\\.io/name", "n")]
    [InlineData(".metadata.labels['app.kubernetes.io/name']", "n")]
    [InlineData(".spec.list[1]", "b")]
    [InlineData(".spec.list[-1:]", null)]
    [InlineData(".spec.none", null)]
    public void Paths_find_what_columns_show(string path, string? expected)
    {
        var value = JsonNode.Parse("""{"metadata":{"labels":{"app.kubernetes.io/name":"n"}},"spec":{"list":["a","b"]},"status":{"conditions":[{"type":"A","status":"False"},{"type":"Ready","status":"True"}]}}""")!;

        Assert.Equal(expected, JsonPath.Parse(path).First(value)?.GetValue<string>());
    }

    [Fact]
    public void Every_upstream_definition_loads_and_its_samples_are_valid()
    {
        var types = new Dictionary<GroupVersionKind, ResourceType>();
        foreach (var definition in Manifests("data/crds").Where(d => d.Text("kind") == "CustomResourceDefinition"))
        {
            foreach (var type in CustomType.Resources(definition))
            {
                types[type.Gvk] = type;
                Assert.NotEmpty(type.Schema.Fields);
            }
        }

        var (valid, failures) = (0, new List<string>());
        foreach (var sample in Manifests("data/cr-samples").Where(s => s.Text("kind") is not null && types.ContainsKey(s.Gvk())))
        {
            var type = types[sample.Gvk()];
            var errors = type.Definition!.Validate(Defaults.Apply(type, sample));
            valid += errors.Count == 0 ? 1 : 0;
            if (!WrongUpstream.Contains($"{sample.Kind()} {sample.Name()}"))
            {
                failures.AddRange(errors.Select(e => $"{sample.Gvk()} {sample.Name()}: {e}"));
            }
        }

        Assert.True(types.Count > 50 && valid > 50, $"{types.Count} types, {valid} samples");
        Assert.True(failures.Count == 0, string.Join("\n", failures));
    }

    static IEnumerable<JsonObject> Manifests(string folder) =>
        from file in Directory.EnumerateFiles(SharedData.Require(folder), "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        from node in Read(file)
        select node;

    static IEnumerable<JsonObject> Read(string file)
    {
        try
        {
            return YamlJson.ToJsonNodes(file, File.ReadAllBytes(file)).OfType<JsonObject>();
        }
        catch (DiagnosticException)
        {
            // Templates and deliberately broken samples.
            return [];
        }
    }

    static Decoded Decode(string body) => Decoder.Decode(Encoding.UTF8.GetBytes(body), "application/json", Widgets);
}
