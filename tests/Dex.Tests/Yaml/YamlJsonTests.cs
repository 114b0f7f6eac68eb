using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Yaml;
using FsCheck;
using FsCheck.Fluent;

namespace Dex.Tests.Yaml;

public sealed class YamlJsonTests
{
    /// <summary>Scalars that YAML's versions disagree on.</summary>
    static readonly string[] Scalars =
    [
        "y", "n", "yes", "No", "on", "OFF", "true", "False", "~", "null", "017", "0o17", "0x1F", "0b11", "-0x10", "1_000", "1e3", "1E+2", ".5", "5.", "-.5", "1.10", "12e", "+12", "-0",
        "9223372036854775807", "9223372036854775808", "18446744073709551616", "2001-01-01", "1:30", "=", ".inf", "abc", "\"yes\"", "'1'", "08", "0.0", "1.2.3", "250m", "- ", "0x", "1__0",
    ];

    [Fact]
    public void Documents_of_a_stream_are_read_and_empty_ones_left_out()
    {
        var nodes = YamlJson.ToJsonNodes("k.yaml", "# nothing\n---\na: 1\n---\n---\nb: [x, 2]\n..."u8.ToArray());
        Assert.Equal(["""{"a":1}""", """{"b":["x",2]}"""], nodes.Select(n => n.ToJsonString()));
    }

    [Fact]
    public void Tags_merge_keys_and_repeated_keys_are_tolerated()
    {
        var node = Assert.Single(YamlJson.ToJsonNodes("k.yaml", "base: &b {x: 1, z: 2}\nd: {<<: *b, z: 3}\ne: !!str 5\nf: 1\nf: 2\n"u8.ToArray()));
        Assert.Equal("""{"base":{"x":1,"z":2},"d":{"x":1,"z":3},"e":"5","f":2}""", node.ToJsonString());
    }

    [Fact]
    public async Task Scalars_are_typed_as_kubectl_types_them()
    {
        var kubectl = Kubectl();
        var yaml = "apiVersion: example.com/v1\nkind: Sample\nmetadata: {name: a}\n" + string.Concat(Scalars.Where(s => s is not (".inf" or "- " or "9223372036854775808" or "18446744073709551616")).Select((s, i) => $"v{i}: {s}\n")) + "keys: {yes: 1, 010: 2, 1.5: 4}\n";
        var expected = await LabelLocally(kubectl, yaml);
        Assert.Equal(expected.ToJsonString(), WithLabel(Assert.Single(YamlJson.ToJsonNodes("k.yaml", Encoding.UTF8.GetBytes(yaml)))).ToJsonString());
    }

    [Fact]
    public async Task Written_YAML_reads_back_equal_in_kubectl()
    {
        var kubectl = Kubectl();
        var written = new JsonObject { ["apiVersion"] = "example.com/v1", ["kind"] = "Sample", ["metadata"] = new JsonObject { ["name"] = "a" } };
        string[] texts = [.. Scalars.Where(s => s != "- "), "", " ", "a: b", "a #b", "#", "line\nline\n", "line\n\n", "\n", " lead\nx", "x \ny", "tab\there", "quote\"'", "€ 漢", "back\\slash", "- x", "? x", "%a", "@a", "`a`", "*a", "&a", "!a", "{a", "[a", "key:", "2001-01-01T00:00:00Z", "---\nx", "\u0085", "a\r\nb"];
        for (var i = 0; i < texts.Length; i++) written[$"t{i}"] = texts[i];
        written["keys"] = new JsonObject(texts.Distinct().Select(t => KeyValuePair.Create(t, (JsonNode?)1)));
        written["nested"] = new JsonArray(new JsonArray(1, new JsonArray()), new JsonObject { ["a"] = new JsonArray("x"), ["b"] = new JsonObject() }, null, 1.5, true, -1);
        var expected = await LabelLocally(kubectl, YamlWriter.ToString(written));
        Assert.Equal(expected.ToJsonString(), WithLabel(written).ToJsonString());
    }

    [Fact]
    public void Written_JSON_reads_back_equal()
    {
        var json = Gen.Sized(size => Value(Math.Min(size, 6)));
        Prop.ForAll(Arb.From(json), node =>
        {
            var yaml = YamlWriter.ToString(node);
            var back = YamlJson.ToJsonNodes("x.yaml", Encoding.UTF8.GetBytes(yaml)).FirstOrDefault();
            var core = YamlParser.Parse("x.yaml", Encoding.UTF8.GetBytes(yaml)).Root is { } root ? YamlJson.ToCoreJson(root) : null;
            return JsonNode.DeepEquals(node, back) && JsonNode.DeepEquals(node, core);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(400));
    }

    static Gen<JsonNode> Value(int depth)
    {
        var characters = Gen.OneOf(Gen.Choose(32, 126).Select(c => ((char)c).ToString()), Gen.Elements("\n", "\t", ": ", " #", "é", "漢", "\u0085", "\U0001F600", "\\", "\"", "'", "yes", "0x1", "1e3", "\r", "---", "- "));
        var text = Gen.OneOf(Gen.ArrayOf(characters).Select(c => string.Concat(c.Take(12))), Gen.Elements(Scalars));
        var leaf = Gen.OneOf(
            text.Select(t => (JsonNode)JsonValue.Create(t)!),
            Gen.Choose(-100000, 100000).Select(n => (JsonNode)JsonValue.Create(n)!),
            Gen.Choose(-1000, 1000).Select(n => (JsonNode)JsonValue.Create(n / 8.0)!),
            Gen.Elements(true, false).Select(b => (JsonNode)JsonValue.Create(b)!));
        if (depth == 0) return leaf;
        var list = Gen.ArrayOf(Value(depth / 2)).Select(items => (JsonNode)new JsonArray([.. items.Take(4).Select(i => i.DeepClone())]));
        var map = Gen.ArrayOf(Gen.Zip(text.Where(t => t != "<<"), Value(depth / 2))).Select(pairs =>
        {
            var result = new JsonObject();
            foreach (var (key, value) in pairs.Take(4)) result[key] = value.DeepClone();
            return (JsonNode)result;
        });
        return Gen.OneOf(leaf, list, map);
    }

    static JsonNode WithLabel(JsonNode node)
    {
        var copy = Sorted(node.DeepClone());
        ((JsonObject)copy!["metadata"]!)["labels"] = new JsonObject { ["a"] = "b" };
        return Sorted(copy)!;
    }

    static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node is null ? null : JsonNode.Parse(node.ToJsonString()),
    };

    static string Kubectl()
    {
        var folder = "/usr/lib/google-cloud-sdk/bin";
        var found = Directory.Exists(folder) ? Directory.GetFiles(folder, "kubectl.1.*").Order().LastOrDefault() : null;
        found ??= (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(p => Path.Combine(p, "kubectl")).FirstOrDefault(File.Exists);
        if (found is null) Assert.Skip("needs kubectl");
        return found!;
    }

    /// <summary>`kubectl label --local` reads YAML and prints JSON without a server.</summary>
    static async Task<JsonNode> LabelLocally(string kubectl, string yaml)
    {
        using var process = Process.Start(new ProcessStartInfo(kubectl, ["label", "--local", "-f", "-", "a=b", "-o", "json"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(yaml);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{await error}\n{yaml}");
        return Sorted(JsonNode.Parse(await output))!;
    }
}
