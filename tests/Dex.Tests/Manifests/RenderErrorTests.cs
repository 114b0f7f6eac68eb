using Dex.App;
using Dex.Config;
using Dex.Features.Cluster;
using Dex.Features.Config;
using Dex.Features.Manifests;
using Dex.Yaml;

namespace Dex.Tests.Manifests;

public sealed class RenderErrorTests
{
    [Fact]
    public async Task A_patch_that_matches_nothing_names_what_it_could_match()
    {
        var diagnostic = await RefusedAsync("""
            services:
              web: { image: web:1, patches: { StatefulSet: { spec: {} } } }
            """);
        Assert.Equal("DEX2121", diagnostic.Code);
        Assert.Contains("`Deployment`", diagnostic.Help, StringComparison.Ordinal);
        Assert.Equal("dex.yaml:4:", Assert.Single(diagnostic.Labels).Span.ToString()[..11]);
    }

    [Fact]
    public async Task A_tag_is_refused_where_digests_are_required()
    {
        var diagnostic = await RefusedAsync("services: { web: { image: 'registry.example.com/web:1' } }", input => input with { RequireDigests = true });
        Assert.Equal("DEX2122", diagnostic.Code);
        Assert.Contains("`registry.example.com/web:1`", diagnostic.Title, StringComparison.Ordinal);
        Assert.NotEmpty(diagnostic.Help!);
        Assert.StartsWith("dex.yaml:", Assert.Single(diagnostic.Labels).Span.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_objects_of_one_name_are_refused()
    {
        var diagnostic = await RefusedAsync("""
            config: { web-env: { KEY: "${{ secret('a') }}" } }
            services: { web: { image: web:1, env: { TOKEN: "${{ secret('b') }}" } } }
            """);
        Assert.Equal("DEX2123", diagnostic.Code);
        Assert.Contains("config.web-env and services.web", diagnostic.Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_retired_ingress_controller_is_a_warning_with_the_way_out()
    {
        var rendering = ManifestRenderer.Render(await InputAsync("services: { web: { image: web:1, port: 80, route: {} } }") with { RouteClass = RouteClass.Nginx });
        var warning = Assert.Single(rendering.Warnings);
        Assert.Equal(("DEX2124", Severity.Warning), (warning.Code, warning.Severity));
        Assert.Contains("routeClass: gateway", warning.Help, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_was_not_built_is_refused() =>
        Assert.Equal("DEX2120", (await RefusedAsync("services: { web: { build: { dotnet: Web.csproj } } }")).Code);

    [Theory]
    [InlineData("services: { web: { image: a } }\njobs: { web: { image: a, schedule: '@daily' } }", "DEX2108")]
    [InlineData("services: { web: { image: a, uses: [db] } }", "DEX2107")]
    [InlineData("services: { web: { image: a, uses: [worker] }, worker: { image: a } }", "DEX2107")]
    [InlineData("services: { web: { image: a, files: { /x: settings } } }", "DEX2109")]
    [InlineData("services: { web: { image: a, files: { /x: settings/b } } }\nconfig: { settings: { a: '' } }", "DEX2109")]
    [InlineData("services: { web: { } }", "DEX2103")]
    [InlineData("services: { web: { image: a, build: { dotnet: b } } }", "DEX2103")]
    [InlineData("services: { web: { build: { dotnet: a, dockerfile: b } } }", "DEX2102")]
    [InlineData("services: { web: { image: a, route: {} } }", "DEX2106")]
    [InlineData("services: { web: { image: a, health: /x } }", "DEX2111")]
    [InlineData("services: { web: { image: a, scale: { min: 3, max: 2 } } }", "DEX2101")]
    [InlineData("services: { web: { image: a, scale: { min: 0 } } }", "DEX2104")]
    [InlineData("jobs: { a: { image: a } }", "DEX2105")]
    [InlineData("jobs: { a: { image: a, schedule: '@daily', run: before-deploy } }", "DEX2105")]
    [InlineData("clusters: { eu: { isolation: prefix } }", "DEX2110")]
    [InlineData("config: { My_Set: { a: b } }", "DEX2112")]
    public async Task The_schema_refuses_what_cannot_work(string yaml, string code)
    {
        var failure = await Assert.ThrowsAnyAsync<DiagnosticException>(() => InputAsync(yaml));
        Assert.Equal([code], failure.Diagnostics.Select(diagnostic => diagnostic.Code));
        Assert.NotEmpty(failure.Diagnostics[0].Labels);
    }

    static async Task<Diagnostic> RefusedAsync(string yaml, Func<RenderInput, RenderInput>? change = null)
    {
        var input = await InputAsync(yaml);
        return Assert.Single(Assert.Throws<DiagnosticException>(() => ManifestRenderer.Render(change is null ? input : change(input))).Diagnostics);
    }

    static async Task<RenderInput> InputAsync(string yaml)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var bytes = System.Text.Encoding.UTF8.GetBytes("dex: 1\nname: shop\n" + yaml);
        var file = ConfigFile.Parse("dex.yaml", bytes, ConfigSchema.For<AppConfig>());
        var context = new EvaluationContext { Secrets = (_, _) => Task.FromResult<SecretAnswer>(new SecretAnswer.Found(new Secret<string>("hidden"))) };
        var resolved = await file.ResolveAsync(null, context, cancellationToken);
        return new RenderInput
        {
            App = resolved.Value,
            Values = await AppValues.GetAsync(resolved.Value, cancellationToken),
            Environment = "dev",
            Namespace = "shop",
            Locate = resolved.Provenance.PlaceOf,
        };
    }
}
