using Dex.Config;

namespace Dex.Tests.Config;

public sealed class ResolveTests
{
    const string Sample = """
        dex: 1
        name: shop
        team: checkout
        services:
          web:
            image: web:1
            port: 8080
            route: { path: / }
            replicas: 2
            size: small
            env:
              LOG_LEVEL: info
              GIT_BRANCH: ${{ git.branch }}
              API_KEY: ${{ secret('/dev/shop/api-key') }}
            args: [serve]
        environments:
          cloud:
            abstract: true
            cluster: nonprod-eu
            services: { web: { env: { API_KEY: "${{ secret('/' + env.name + '/shop/api-key') }}" } } }
          tracing: { abstract: true, services: { web: { args+: [--otel] } } }
          dev: {}
          staging:
            extends: cloud
            services: { web: { replicas: "${{ int(vars.STAGING_REPLICAS, 1) }}" } }
          prod:
            extends: [cloud, tracing]
            services: { web: { replicas: "${{ if(vars.REGION == 'eu', 6, 4) }}", env: { GIT_BRANCH: null } } }
          pr-{number}:
            extends: cloud
            ephemeral: { ttl: 3d }
        """;

    [Fact]
    public async Task The_root_alone_has_its_values_and_defaults()
    {
        var shop = (await ShopFile.Resolve(Sample, "dev")).Value;
        var web = shop.Services["web"];
        Assert.Equal(("shop", "checkout", 8080, 2, "/"), (shop.Name, shop.Team, web.Port, web.Replicas, web.Route!.Path));
        Assert.Equal(["serve"], web.Args);
        Assert.Equal("web", web.Id);
        Assert.Equal("info", (await web.Env["LOG_LEVEL"].GetAsync(TestContext.Current.CancellationToken)).Reveal());
        Assert.Equal(TimeSpan.FromSeconds(20), web.Grace);
        Assert.Null(shop.Cluster);
    }

    [Fact]
    public async Task An_environment_merges_its_parents_in_order()
    {
        var context = new EvaluationContext { Variables = new Dictionary<string, string> { ["REGION"] = "eu" } };
        var shop = (await ShopFile.Resolve(Sample, "prod", context)).Value;
        var web = shop.Services["web"];
        Assert.Equal(("nonprod-eu", 6), (shop.Cluster, web.Replicas));
        Assert.Equal(["serve", "--otel"], web.Args);
        Assert.False(web.Env.ContainsKey("GIT_BRANCH"));
    }

    [Fact]
    public async Task An_unset_variable_equals_nothing_and_gives_way_to_a_default()
    {
        Assert.Equal(4, (await ShopFile.Resolve(Sample, "prod")).Value.Services["web"].Replicas);
        Assert.Equal(1, (await ShopFile.Resolve(Sample, "staging")).Value.Services["web"].Replicas);
    }

    [Fact]
    public async Task A_pattern_captures_parts_of_the_name()
    {
        var resolved = await ShopFile.Resolve(Sample + "\n    team: team-${{ env.number }}\n", "pr-412");
        Assert.Equal("team-412", resolved.Value.Team);
        Assert.Equal(TimeSpan.FromDays(3), resolved.Value.Ephemeral!.Ttl!.Value.Value);
        Assert.Equal("pr-412", resolved.Environment);
    }

    [Fact]
    public async Task A_typing_error_gets_a_suggestion()
    {
        var error = Assert.Single(await ShopFile.Errors(Sample.Replace("    replicas: 2", "    replcas: 2"), "dev"));
        Assert.Equal("DEX1001", error.Code);
        Assert.Equal("did you mean `replicas`?", error.Labels[0].Text);
        Assert.Equal("dex.yaml:9:5", error.Labels[0].Span.ToString());
    }

    [Fact]
    public async Task Secrets_are_looked_up_when_demanded_and_stay_hidden()
    {
        var asked = new List<string>();
        var context = new EvaluationContext
        {
            Secrets = (name, _) =>
            {
                asked.Add(name);
                return Task.FromResult<SecretAnswer>(new SecretAnswer.Found(new Secret<string>("s3cr3t-value")));
            },
        };
        var web = (await ShopFile.Resolve(Sample, "staging", context)).Value.Services["web"];
        Assert.Empty(asked);
        var key = await web.Env["API_KEY"].GetAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["/staging/shop/api-key"], asked);
        Assert.True(key.IsSecret);
        Assert.Equal("***", $"{key}");
        Assert.Equal("s3cr3t-value", key.Reveal());
        Assert.Equal("value is ***", context.Mask.Apply("value is s3cr3t-value"));
    }

    [Fact]
    public async Task Every_environment_validates_offline() =>
        Assert.Empty(await ShopFile.Load(Sample).ValidateAsync(new EvaluationContext(), TestContext.Current.CancellationToken));

    [Fact]
    public async Task A_record_that_replaces_its_base_adds_its_keys_everywhere()
    {
        var schema = ConfigSchema.For<Shop>(typeof(AcmeService));
        var file = ConfigFile.Parse("dex.yaml", "dex: 1\nname: a\nservices: { web: { image: i, costCenter: EU-7 } }\n"u8.ToArray(), schema);
        var shop = (await file.ResolveAsync(null, new EvaluationContext(), TestContext.Current.CancellationToken)).Value;
        Assert.Equal("EU-7", Assert.IsType<AcmeService>(shop.Services["web"]).CostCenter);
    }

    [Fact]
    public async Task Services_extend_each_other()
    {
        var shop = (await ShopFile.Resolve("""
            dex: 1
            name: shop
            services:
              base: { abstract: true, image: base, args: [a], env: { A: 1 } }
              web: { extends: base, port: 80 }
              api: { extends: web, args+: [b], env: { B: 2 } }
            """)).Value;
        Assert.Equal(["web", "api"], shop.Services.Keys);
        var api = shop.Services["api"];
        Assert.Equal(("base", 80), (api.Image, api.Port));
        Assert.Equal(["a", "b"], api.Args);
        Assert.Equal(["A", "B"], api.Env.Keys);
    }
}
