using Dex.Config;

namespace Dex.Tests.Config;

/// <summary>Everything that is wrong is said in one run, and nothing twice in other words.</summary>
public sealed class AllAtOnceTests
{
    [Fact]
    public async Task Rules_of_right_records_run_beside_every_other_kind_of_mistake()
    {
        const string yaml = """
            dex: 1
            name: shop
            services:
              typo: { image: i, replcas: 2 }
              type: { image: i, replicas: two }
              rule: { image: i, scale: { min: 3, max: 2 } }
              late: { image: i, replicas: "${{ int('x') }}" }
              wide: { image: i, replicas: "${{ 51 }}" }
              lack: { port: 80 }
            environments: { dev: {}, prod: {} }
            """;
        string[] expected = ["DEX1001", "DEX1002", "DEX2101", "DEX1036", "DEX1015", "DEX1004"];
        Assert.Equal(expected, await Codes(yaml));
        Assert.Equal(expected, (await ShopFile.Errors(yaml, "dev")).Select(d => d.Code));
    }

    [Fact]
    public async Task A_mistake_in_one_environment_hides_no_rule_of_another()
    {
        Assert.Equal(["DEX1002", "DEX2101"], await Codes("""
            dex: 1
            name: shop
            services: { web: { image: i, scale: { min: 3, max: 9 } } }
            environments:
              a: { services: { web: { replicas: two } } }
              b: { services: { web: { scale: { max: 2 } } } }
            """));
    }

    [Theory]
    [InlineData("services: { web: { image: i, scale: { min: 3, mx: 9 } } }", "DEX1001")]
    [InlineData("services: { web: { image: i, scale: { min: 30, max: many } } }", "DEX1002")]
    [InlineData("services: { web: { extends: bse } }", "DEX1006")]
    [InlineData("services: { web: { extends: web } }", "DEX1005")]
    [InlineData("services: { a: { extends: b }, b: { extends: c } }", "DEX1006")]
    [InlineData("environments: { x: { extends: y, services: { web: {} } } }", "DEX1006")]
    [InlineData("environments: { x: { extends: y }, y: { extends: x, services: { web: {} } } }", "DEX1005")]
    [InlineData("imports: [nowhere.yaml]\nservices: { web: {} }\nenvironments: { x: { extends: y } }", "DEX1042")]
    [InlineData("team: ${{ config.cluster }}\ncluster: ${{ lowr('x') }}", "DEX1035")]
    [InlineData("team: ${{ config.services.web.image }}\nservices: { web: { image: [x] } }", "DEX1002")]
    [InlineData("team: ${{ config.cluster }}\ncluster: ${{ config.name + config.team }}", "DEX1038")]
    [InlineData("team: ${{ config.cluster }}\ncluster: ${{ config.ephemeral.ttl }}\nephemeral: { ttl: \"${{ config.cluster }}\" }", "DEX1038")]
    [InlineData("services: { web: { image: i, patches: { D: { a: \"${{ config.services.web.patches }}\" } } } }", "DEX1034")]
    [InlineData("services: { web: { image: i, patches: { D: { a: \"${{ config.services.web.patches.D }}\" } } } }", "DEX1038")]
    public async Task What_follows_from_a_mistake_is_not_reported(string yaml, string code) => Assert.Equal([code], await Codes($"dex: 1\nname: shop\n{yaml}\n"));

    [Fact]
    public async Task More_than_twenty_are_counted_only()
    {
        var error = await Assert.ThrowsAsync<ConfigException>(() => ShopFile.Load($"dex: 1\nname: shop\n{string.Concat(Enumerable.Range(0, 25).Select(i => $"wrong{i}: 1\n"))}").ValidateAsync(new EvaluationContext(), TestContext.Current.CancellationToken));
        Assert.Equal(21, error.Diagnostics.Count);
        Assert.Equal("5 more errors are not shown", error.Diagnostics[^1].Title);
    }

    static async Task<IEnumerable<string>> Codes(string yaml) =>
        (await Assert.ThrowsAsync<ConfigException>(() => ShopFile.Load(yaml).ValidateAsync(new EvaluationContext(), TestContext.Current.CancellationToken))).Diagnostics.Select(d => d.Code);
}
