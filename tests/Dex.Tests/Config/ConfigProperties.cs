using System.Text;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Config;
using Dex.Testing;
using Dex.Yaml;
using FsCheck;
using FsCheck.Fluent;

namespace Dex.Tests.Config;

/// <summary>Laws that hold for every input.</summary>
public sealed class ConfigProperties
{
    static readonly FsCheck.Config Many = FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300);

    [Fact]
    public void An_empty_environment_changes_nothing() => Check(Overlay(), overlay =>
        Hash(File(overlay, "x: {}"), "x") == Hash(File(overlay, "x: { extends: y }, y: { abstract: true }"), "x")
        && Show(File(overlay, "x: {}"), "x") == Show(File(overlay, ""), null));

    [Fact]
    public void Extending_the_same_content_twice_is_extending_it_once() => Check(Overlay(), overlay =>
        Show(File("{}", $"a: {overlay}, b: {overlay.Replace("+\":", "\":")}, x: {{ extends: a }}"), "x") ==
        Show(File("{}", $"a: {overlay}, x: {{ extends: a }}, y: {{ extends: [a] }}"), "y"));

    [Fact]
    public void Merging_scalars_and_maps_again_is_idempotent() => Check(Overlay(lists: false), overlay =>
        Show(File("{}", $"a: {overlay}, b: {overlay}, x: {{ extends: [a, b] }}"), "x") == Show(File("{}", $"a: {overlay}, x: {{ extends: a }}"), "x"));

    [Fact]
    public void A_chain_and_a_list_of_parents_give_the_same() => Check(Gen.Zip(Overlay(), Overlay()), pair =>
        Show(File("{}", $"a: {pair.Item1}, b: {pair.Item2}, x: {{ extends: [a, b] }}"), "x") ==
        Show(File("{}", $"a: {pair.Item1}, b: {With(pair.Item2, "extends: a")}, x: {{ extends: b }}"), "x"));

    [Fact]
    public void What_the_highest_layer_says_wins() => Check(Gen.Zip(Overlay(), Gen.Choose(0, 50)), pair =>
        Resolve(File(pair.Item1, $"x: {{ services: {{ web: {{ image: top, replicas: {pair.Item2} }} }} }}"), "x").Value.Services["web"] is { Image: "top" } web && web.Replicas == pair.Item2);

    [Fact]
    public void The_order_of_layers_is_that_of_an_oracle()
    {
        // Nodes extend only earlier ones, so there is no cycle.
        var graph = Gen.Choose(1, 7).SelectMany(n => Gen.ArrayOf(Gen.Choose(0, 1_000_000), n).Select(seeds => seeds.Select((seed, i) => Parents(seed, i)).ToArray()));
        Prop.ForAll(Arb.From(graph), parents =>
        {
            var name = $"n{parents.Length - 1}";
            IReadOnlyList<string> Of(string n) => parents[int.Parse(n[1..])];
            var actual = Linearization.Order(name, Of);
            var expected = Oracle(name, Of);
            return actual is null ? expected is null : expected is not null && actual.SequenceEqual(expected);
        }).Check(Many.WithMaxTest(2000));

        static string[] Parents(int seed, int node)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, node).Where(_ => random.Next(3) == 0).OrderBy(_ => random.Next()).Take(3).Select(p => $"n{p}")];
        }
    }

    /// <summary>The definition instead of the algorithm: for each node, the order of its parents' orders is repeatedly the first head that stands in nobody's tail.</summary>
    static List<string>? Oracle(string name, Func<string, IReadOnlyList<string>> parents)
    {
        var direct = parents(name).Reverse().ToArray();
        var orders = direct.Select(p => Oracle(p, parents)).ToList();
        if (orders.Contains(null)) return null;
        // Every constraint "a before b" that must hold below this node.
        var before = new HashSet<(string, string)>();
        foreach (var order in orders.Append([.. direct]))
        {
            for (var i = 0; i < order!.Count; i++)
                for (var j = i + 1; j < order.Count; j++) before.Add((order[i], order[j]));
        }

        var rest = orders.SelectMany(o => o!).ToHashSet();
        var result = new List<string> { name };
        while (rest.Count > 0)
        {
            var free = rest.Where(a => !rest.Any(b => before.Contains((b, a)))).ToHashSet();
            if (free.Count == 0) return null;
            // C3 breaks ties by the order of the parents' lists.
            var next = orders.Append([.. direct]).Select(o => o!.FirstOrDefault(rest.Contains)).First(h => h is not null && free.Contains(h))!;
            rest.Remove(next);
            result.Add(next);
        }

        return result;
    }

    /// <summary>Right files, read with the platform's schema: most mutations get far into the language.</summary>
    [Fact]
    public async Task Mutations_of_right_files_give_diagnostics_with_places_and_nothing_else()
    {
        string[] texts = [.. GuideTests.Examples.Values.Where(e => !e.Contains("imports:", StringComparison.Ordinal)), EditorTests.Valid, Read("samples", "hello", "dex.yaml"), Read("samples", "shop", "dex.yaml").Replace("imports: [platform.yaml]\n", "").Replace("environments:\n", Read("samples", "shop", "platform.yaml")[Read("samples", "shop", "platform.yaml").IndexOf("environments:", StringComparison.Ordinal)..])];
        await FuzzAsync(ConfigSchema.For<AppConfig>(), [.. texts.Select(Encoding.UTF8.GetBytes)], 5_000, leastAccepted: 500);

        static string Read(params string[] path) => System.IO.File.ReadAllText(Architecture.Repository.PathOf(path));
    }

    /// <summary>Files that are wrong already, in every way that the language knows.</summary>
    [Fact]
    public Task Mutations_of_wrong_files_give_diagnostics_with_places_and_nothing_else() =>
        FuzzAsync(ShopFile.Schema, [.. Directory.GetFiles(Architecture.Repository.PathOf("tests", "Dex.Tests", "Config", "Cases"), "dex.yaml", SearchOption.AllDirectories).Select(System.IO.File.ReadAllBytes)], 2_000, leastAccepted: 1);

    static async Task FuzzAsync<T>(ConfigSchema<T> schema, List<byte[]> samples, int count, int leastAccepted)
        where T : class
    {
        var result = await new ConfigFuzz<T>(schema, samples, 20).RunAsync(count, TestContext.Current.CancellationToken);
        Assert.Empty(result.Failures);
        Assert.InRange(result.Accepted, leastAccepted, count);
        Assert.True(result is { Refused: > 0, MostAllocated: > 0 });
    }

    static void Check<T>(Gen<T> input, Func<T, bool> law) => Prop.ForAll(Arb.From(input), law).Check(Many);

    static string File(string root, string environments)
    {
        var map = JsonNode.Parse(ToJson(root))!.AsObject();
        map["dex"] = 1;
        map["name"] = "shop";
        if (map["services"] is not JsonObject services) map["services"] = services = [];
        if (services["web"] is not JsonObject web) services["web"] = web = [];
        web["image"] ??= "base";
        return YamlWriter.ToString(map) + $"environments: {{ {environments} }}\n";
    }

    static string ToJson(string flow) => YamlJson.ToCoreJson(YamlParser.Parse("x", Encoding.UTF8.GetBytes(flow)).Root!)!.ToJsonString();

    static string With(string flow, string entry) => flow == "{}" ? $"{{ {entry} }}" : flow[..^1] + $", {entry} }}";

    static Resolved<Shop> Resolve(string yaml, string? environment) => ShopFile.Load(yaml).ResolveAsync(environment, new EvaluationContext(), CancellationToken.None).GetAwaiter().GetResult();

    static string Show(string yaml, string? environment) => Resolve(yaml, environment).ToJsonAsync(compute: true, CancellationToken.None).GetAwaiter().GetResult().ToJsonString();

    static string Hash(string yaml, string environment) => Resolve(yaml, environment).Hash;

    /// <summary>A layer as a flow map.</summary>
    static Gen<string> Overlay(bool lists = true)
    {
        var web = Gen.SubListOf<string>([
            "replicas: 1", "replicas: 7", "debug: true", "env: { A: 1 }", "env: { A: 2, B: null }", "env!: { C: 3 }", "size: large", "route: /x", "route: { host: h }",
            .. lists ? (string[])["args: [a]", "args+: [b]"] : ["args: [a]"], "port: 80", "scale: { max: 5 }", "patches: { D: { a: 1 } }",
        ]).Select(keys => $"{{ {string.Join(", ", keys.DistinctBy(k => k.Split(':')[0].TrimEnd('+', '!')))} }}".Replace("{  }", "{}"));
        return Gen.OneOf(Gen.Constant("{}"), Gen.Zip(web, Gen.Elements("", ", team: a", ", cluster: c")).Select(p => $"{{ services: {{ web: {p.Item1} }}{p.Item2} }}"));
    }
}
