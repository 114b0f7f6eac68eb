using Dex.Config;

namespace Dex.Tests.Config;

public sealed class MergeTests
{
    [Fact]
    public async Task A_diamond_keeps_the_descendants_values()
    {
        var shop = (await ShopFile.Resolve("""
            dex: 1
            name: shop
            services: { web: { image: i } }
            environments:
              cloud: { abstract: true, services: { web: { replicas: 1, debug: false } } }
              hardened: { abstract: true, extends: cloud, services: { web: { replicas: 3, debug: true } } }
              eu: { abstract: true, extends: cloud, cluster: eu }
              prod: { extends: [hardened, eu] }
            """, "prod")).Value;
        Assert.Equal((3, true, "eu"), (shop.Services["web"].Replicas, shop.Services["web"].Debug, shop.Cluster));
    }

    [Fact]
    public async Task Null_removes_and_a_higher_layer_can_bring_it_back()
    {
        const string yaml = """
            dex: 1
            name: shop
            services: { web: { image: i, port: 80, env: { A: 1, B: 2 } } }
            environments:
              bare: { services: { web: { port: null, env: { A: null } } } }
              back: { extends: bare, services: { web: { port: 81 } } }
              gone: { services: { web: null } }
            """;
        var bare = (await ShopFile.Resolve(yaml, "bare")).Value.Services["web"];
        Assert.Null(bare.Port);
        Assert.Equal(["B"], bare.Env.Keys);
        Assert.Equal(81, (await ShopFile.Resolve(yaml, "back")).Value.Services["web"].Port);
        Assert.Empty((await ShopFile.Resolve(yaml, "gone")).Value.Services);
    }

    [Fact]
    public async Task A_map_is_replaced_by_its_operator_and_a_list_is_appended_to()
    {
        const string yaml = """
            dex: 1
            name: shop
            services: { web: { image: i, args: [a], env: { A: 1 } } }
            environments:
              x: { services: { web: { args+: [b], env!: { B: 2 } } } }
              y: { extends: x, services: { web: { args+: [c], env: { C: 3 } } } }
              z: { extends: y, services: { web: { args: [z] } } }
            """;
        var y = (await ShopFile.Resolve(yaml, "y")).Value.Services["web"];
        Assert.Equal(["a", "b", "c"], y.Args);
        Assert.Equal(["B", "C"], y.Env.Keys);
        Assert.Equal(["z"], (await ShopFile.Resolve(yaml, "z")).Value.Services["web"].Args);
    }

    [Fact]
    public async Task Another_case_of_a_union_starts_afresh()
    {
        const string yaml = """
            dex: 1
            name: shop
            databases: { main: { type: postgres, version: 16, storage: 5Gi } }
            environments:
              big: { databases: { main: { storage: 9Gi } } }
              cache: { databases: { main: { type: redis } } }
            """;
        Assert.Equal(new Postgres { Version = 16, Storage = new("9Gi") }, (await ShopFile.Resolve(yaml, "big")).Value.Databases["main"]);
        Assert.Equal(new Redis(), (await ShopFile.Resolve(yaml, "cache")).Value.Databases["main"]);
    }

    [Fact]
    public async Task A_key_of_another_case_is_found_after_merging()
    {
        var error = Assert.Single(await ShopFile.Errors("""
            dex: 1
            name: shop
            databases: { main: { type: redis } }
            environments:
              x: { databases: { main: { version: 16 } } }
            """, "x"));
        Assert.Equal(("DEX1001", "dex.yaml:5:29"), (error.Code, error.Labels[0].Span.ToString()));
    }

    [Fact]
    public async Task A_shorthand_merges_with_its_long_form()
    {
        var route = (await ShopFile.Resolve("""
            dex: 1
            name: shop
            services: { web: { image: i, route: /shop } }
            environments:
              x: { services: { web: { route: { host: example.com } } } }
            """, "x")).Value.Services["web"].Route;
        Assert.Equal(new ShopRoute { Path = "/shop", Host = "example.com" }, route);
    }

    [Fact]
    public async Task Options_of_the_command_line_win_over_all_layers()
    {
        var shop = (await ShopFile.Resolve("dex: 1\nname: shop\nservices: { web: { image: i, replicas: 2, args: [a] } }\n", null, null,
            "services.web.replicas=5", "services.web.args+=[b]", "services.web.env.URL=http://x: y", "team=")).Value;
        var web = shop.Services["web"];
        Assert.Equal(5, web.Replicas);
        Assert.Equal(["a", "b"], web.Args);
        Assert.Equal("http://x: y", (await web.Env["URL"].GetAsync(TestContext.Current.CancellationToken)).Reveal());
        Assert.Equal("", shop.Team);
    }

    [Fact]
    public async Task A_mistake_on_the_command_line_points_into_the_option()
    {
        var error = await Assert.ThrowsAsync<ConfigException>(() => ShopFile.Resolve("dex: 1\nname: shop\nservices: { web: { image: i } }\n", null, null, "services.web.replicas=many"));
        var label = Assert.Single(error.Diagnostics).Labels[0];
        Assert.Equal(("--set services.web.replicas:1:23", "services.web.replicas=many"), (label.Span.ToString(), label.SourceLine));
    }

    [Fact]
    public async Task Free_JSON_merges_by_key()
    {
        var patch = (await ShopFile.Resolve("""
            dex: 1
            name: shop
            services: { web: { image: i, patches: { Deployment: { spec: { a: 1, l: [1] } } } } }
            environments:
              x: { services: { web: { patches: { Deployment: { spec: { b: yes, l: [2], a: null } } } } } }
            """, "x")).Value.Services["web"].Patches["Deployment"];
        Assert.Equal("""{"spec":{"l":[2],"b":"yes"}}""", patch.ToJsonString());
    }

    [Fact]
    public async Task Extending_a_removed_record_keeps_what_it_gave()
    {
        var services = (await ShopFile.Resolve("""
            dex: 1
            name: shop
            services: { web: { image: i }, api: { extends: web, port: 1 } }
            environments: { x: { services: { web: null } } }
            """, "x")).Value.Services;
        Assert.Equal("i", Assert.Single(services).Value.Image);
    }

    [Fact]
    public async Task A_key_under_its_old_name_is_converted_in_layer_order()
    {
        const string yaml = """
            dex: 1
            name: shop
            services: { web: { image: i, size: medium } }
            environments:
              old: { services: { web: { cpu: 1000m } } }
              new: { extends: old, services: { web: { size: small } } }
            """;
        Assert.Equal(ShopSize.Large, (await ShopFile.Resolve(yaml, "old")).Value.Services["web"].Size);
        Assert.Equal(ShopSize.Small, (await ShopFile.Resolve(yaml, "new")).Value.Services["web"].Size);
    }

    [Theory]
    [InlineData("pr-{number}", "pr-{number}-x", "pr-1-x", "pr-{number}-x")]
    [InlineData("{any}", "pr-{number}", "pr-1", "pr-{number}")]
    public async Task The_pattern_with_most_literal_characters_wins(string first, string second, string name, string winner)
    {
        var shop = (await ShopFile.Resolve($"dex: 1\nname: shop\nenvironments:\n  \"{first}\": {{ team: '{first}' }}\n  \"{second}\": {{ team: '{second}' }}\n", name)).Value;
        Assert.Equal(winner, shop.Team);
    }

    [Theory]
    [InlineData("a-{x}: {}", "a-{y}: {}", "a-1", "DEX1030")]
    [InlineData("a-{x}: {}", "b: { extends: 'a-{x}' }", "b", "DEX1031")]
    [InlineData("a{x}{y}: {}", "b: {}", "b", "DEX1031")]
    [InlineData("a: { extends: [b, c] }", "b: {}\n  c: { extends: b }\n  d: { extends: [c, b] }\n  e: { extends: [a, d] }", "a", "DEX1029")]
    public async Task Contradictions_between_environments_are_errors(string first, string second, string name, string code) =>
        Assert.Contains(await ShopFile.Errors($"dex: 1\nname: shop\nenvironments:\n  {first}\n  {second}\n", name), e => e.Code == code);

    [Fact]
    public async Task Aliases_stand_for_records_of_their_own()
    {
        const string yaml = """
            dex: 1
            name: shop
            cluster: ${{ config.services.h.image }}
            services:
              a: &x { image: i, scale: { min: 1, max: 2 } }
              b: *x
              c: *x
              d: *x
              e: *x
              f: *x
              h: *x
            databases: { db: &d { type: redis }, other: *d }
            environments: { dev: {}, prod: { services: { b: { replicas: 9 } } } }
            """;
        Assert.Empty(await ShopFile.Load(yaml).ValidateAsync(new EvaluationContext(), TestContext.Current.CancellationToken));
        var prod = (await ShopFile.Resolve(yaml, "prod")).Value;
        Assert.Equal(["a:2", "b:9", "c:2", "d:2", "e:2", "f:2", "h:2"], prod.Services.Values.Select(s => $"{s.Id}:{s.Replicas}"));
        Assert.Equal("i", prod.Cluster);
        Assert.Equal(["DEX2101"], (await Codes(yaml.Replace("max: 2", "max: 0"))).Distinct());
    }

    [Fact]
    public async Task A_name_close_to_another_environment_warns()
    {
        var resolved = await ShopFile.Resolve("dex: 1\nname: shop\nenvironments: { prod: {}, '{any}': {} }\n", "prd");
        Assert.Equal("DEX1032", Assert.Single(resolved.Warnings).Code);
    }

    [Fact]
    public async Task The_hash_changes_with_the_content_alone()
    {
        const string yaml = "dex: 1\nname: shop\nservices: { web: { image: i, replicas: 2, env: { A: 1, B: 2 } } }\nenvironments: { x: {}, y: { team: t } }\n";
        var hash = (await ShopFile.Resolve(yaml, "x")).Hash;
        Assert.Equal(hash, (await ShopFile.Resolve("# hello\n" + yaml.Replace("A: 1, B: 2", "B: 2, A: 1"), "x")).Hash);
        Assert.NotEqual(hash, (await ShopFile.Resolve(yaml.Replace("replicas: 2", "replicas: 3"), "x")).Hash);
        Assert.NotEqual(hash, (await ShopFile.Resolve(yaml, "y")).Hash);
        Assert.Equal(64, hash.Length);
    }

    [Fact]
    public async Task Validation_finds_what_is_wrong_only_in_a_later_environment()
    {
        const string yaml = """
            dex: 1
            name: shop
            services:
              web: { image: i, scale: { min: 3, max: 9 } }
              api: { image: i, env: { E: "${{ env.number }}" } }
            environments:
              a: {}
              b: { team: b }
              c: { services: { web: { scale: { max: 2 } } } }
              d-{number}: {}
            """;
        Assert.Equal(["DEX1034", "DEX2101"], await Codes(yaml));
        Assert.Equal(["DEX2101"], await Codes(yaml.Replace("env.number", "env.name")));
        var fixedText = yaml.Replace("max: 2", "max: 4").Replace("env.number", "env.name");
        Assert.Empty(await ShopFile.Load(fixedText).ValidateAsync(new EvaluationContext(), TestContext.Current.CancellationToken));
    }

    static async Task<IEnumerable<string>> Codes(string yaml) =>
        (await Assert.ThrowsAsync<ConfigException>(() => ShopFile.Load(yaml).ValidateAsync(new EvaluationContext(), TestContext.Current.CancellationToken))).Diagnostics.Select(d => d.Code);
}
