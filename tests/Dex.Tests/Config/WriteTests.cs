using System.Text;
using Dex.App;
using Dex.Yaml;
using FsCheck;
using FsCheck.Fluent;

namespace Dex.Tests.Config;

/// <summary><c>config show --set … --write</c>.</summary>
public sealed class WriteTests : IDisposable
{
    const string Yaml = """
        dex: 1
        name: shop
        # what runs
        services:
          web:
            image: web:1   # pinned
            replicas: 2
            args: [serve]
        environments:
          dev: {}
          prod: { services: { web: { replicas: 6 } } }
          pr-{number}:
            team: pr   # a pattern

        """;

    readonly ConfigCli _cli = new();

    public WriteTests() => _cli.Write("dex.yaml", Yaml);

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("", "services.web.image=web:2", "image: web:1   #", "image: web:2   #")]
    [InlineData("prod", "services.web.image=web:2", "replicas: 6 }", "replicas: 6, image: web:2 }")]
    [InlineData("prod", "services.web.args+=[--otel]", "replicas: 6 }", "replicas: 6, args+: [--otel] }")]
    [InlineData("dev", "services.web.env.URL=http://x: y#z", "dev: {}", "dev: { services: { web: { env: { URL: \"http://x: y#z\" } } } }")]
    [InlineData("pr-12", "team=other", "team: pr   #", "team: other   #")]
    [InlineData("", "services.web.env.EMPTY=", "    args: [serve]\n", "    args: [serve]\n    env:\n      EMPTY: \"\"\n")]
    [InlineData("", "services.web.args=null", "    args: [serve]\n", "    args: null\n")]
    public async Task A_value_is_written_where_it_belongs_and_nothing_else_changes(string environment, string set, string old, string written)
    {
        var run = await _cli.RunAsync(["config", "show", .. environment.Length == 0 ? [] : (string[])["--env", environment], "--set", set, "--write"]);
        Assert.Equal((ExitCode.Ok, "wrote dex.yaml\n"), (run.ExitCode, run.Error));
        Assert.Equal(Yaml.Replace(old, written), _cli.Read());
    }

    [Theory]
    [InlineData("DEX1002", "--set", "services.web.replicas=two")]
    [InlineData("DEX1001", "--set", "services.web.replcas=2")]
    [InlineData("DEX1045", "--set", "nothing")]
    [InlineData("DEX1062", "--env", "prod", "--set", "services.web.replicas=7", "--set", "services.web.args+=[a]", "--set", "services.web.args+=[b]")]
    [InlineData("DEX1063")]
    [InlineData("DEX1006", "--env", "prd", "--set", "team=x")]
    public async Task What_is_wrong_or_would_not_be_in_effect_is_not_written(string code, params string[] args)
    {
        var run = await _cli.RunAsync(["config", "show", .. args, "--write"]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(code, run.Error);
        Assert.Equal(Yaml, _cli.Read());
    }

    [Fact]
    public async Task A_value_that_another_layer_hides_is_not_written()
    {
        _cli.Write("dex.yaml", Yaml.Replace("dev: {}", "dev: { team: dev }"));
        var run = await _cli.RunAsync("config", "show", "--set", "team=root", "--write");
        Assert.Contains("error[DEX1062]: written into the root, these values would not be in effect in `dev`", run.Error);
        Assert.Equal(Yaml.Replace("dev: {}", "dev: { team: dev }"), _cli.Read());
    }

    [Theory]
    [InlineData("services.web.env.A=2")]
    [InlineData("services.api.env.A=2")]
    [InlineData("services.web.env={}")]
    public async Task An_edit_that_would_change_more_than_its_key_through_an_alias_is_not_written(string set)
    {
        var yaml = "dex: 1\nname: shop\nservices:\n  web: { image: i, env: &e { A: 1, B: 2 } }\n  api: { image: i, env: *e }\n";
        _cli.Write("dex.yaml", yaml);
        Assert.Equal(ExitCode.Usage, (await _cli.RunAsync("config", "show", "--set", set, "--write")).ExitCode);
        Assert.Equal(yaml, _cli.Read());
    }

    [Fact]
    public async Task All_values_are_written_or_none()
    {
        var run = await _cli.RunAsync("config", "show", "--set", "team=a", "--set", "services.web.replicas=many", "--write");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal(Yaml, _cli.Read());
        Assert.Equal(ExitCode.Ok, (await _cli.RunAsync("config", "show", "--set", "team=a", "--set", "services.web.replicas=3", "--write")).ExitCode);
        Assert.Equal(Yaml.Replace("replicas: 2", "replicas: 3") + "team: a\n", _cli.Read());
    }

    [Fact]
    public void An_edit_sets_its_value_and_keeps_every_other_one_and_every_comment()
    {
        var key = Gen.Elements("a", "b", "c");
        var value = Gen.Elements("1", "true", "x", "[1, 2]", "{ k: v }", "a: b", "# no", "", "'q'", "${{ if(x, 'a: b', 'c') }}", "-", "*x", "two\nlines");
        var text = Gen.Elements("a: 1 # one\nb:\n  a: 2 # two\n  c: { a: 3, b: [4] } # three\nc: | # four\n  5\n", "{ a: { b: 1 }, c: {} }\n", "# none\n", "a: {}\nb: [x] # y\r\nc:\r\n  - 1\r\n");
        Prop.ForAll(Arb.From(Gen.Zip(text, Gen.NonEmptyListOf(key).Select(k => k.Take(3).ToList()))), Arb.From(value), (pair, value) =>
        {
            var (before, path) = pair;
            var after = YamlEditor.Set(Parse(before), path, value);
            YamlNode? node = Parse(after).Root;
            foreach (var step in path) node = ((YamlMap)node!)[step];
            var others = Leaves(Parse(before).Root, "").Where(l => !l.StartsWith($"/{string.Join('/', path)}/", StringComparison.Ordinal) && !Above(path).Any(p => l.StartsWith($"{p}=", StringComparison.Ordinal)));
            return node is not null && others.All(Leaves(Parse(after).Root, "").Contains) && Comments(before, Replaced(before, path)).All(c => after.Contains(c, StringComparison.Ordinal));
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    /// <summary>Comments that do not stand inside of what is replaced.</summary>
    static IEnumerable<string> Comments(string text, SourceSpan replaced) =>
        Enumerable.Range(0, text.Length).Where(i => text[i] == '#' && (i < replaced.Offset || i >= replaced.Offset + replaced.Length)).Select(i => text[i..].Split('\n')[0]);

    static SourceSpan Replaced(string text, List<string> path)
    {
        var node = Parse(text).Root;
        foreach (var step in path)
        {
            if (node is not YamlMap { Entries.Count: > 0 } map) break;
            if (map[step] is not { } next) return default;
            node = next;
        }

        return node?.Span ?? default;
    }

    static IEnumerable<string> Above(List<string> path) => Enumerable.Range(1, path.Count).Select(n => $"/{string.Join('/', path.Take(n))}/");

    static IEnumerable<string> Leaves(YamlNode? node, string path) => node switch
    {
        YamlMap { Entries.Count: > 0 } map => map.Entries.SelectMany(e => Leaves(e.Value, $"{path}/{e.Key}")),
        YamlScalar scalar => [$"{path}/={scalar.Text}"],
        null => [],
        _ => [$"{path}/={YamlJson.ToCoreJson(node)?.ToJsonString()}"],
    };

    static YamlDocument Parse(string text) => YamlParser.Parse("x", Encoding.UTF8.GetBytes(text));
}
