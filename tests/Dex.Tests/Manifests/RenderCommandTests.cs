using System.Text.Json.Nodes;
using Dex.App;
using Dex.Config;
using Dex.Tests.Build;
using Dex.Yaml;

namespace Dex.Tests.Manifests;

public sealed class RenderCommandTests : IDisposable
{
    readonly BuildWorkspace _workspace = new();

    public RenderCommandTests() => _workspace.App("app", ("server.js", "1"), ("dex.yaml", """
        dex: 1
        name: shop
        services:
          web:
            build: { bundle: { entrypoint: [node, server.js] } }
            port: 8080
            route: {}
            env: { TOKEN: "${{ secret('token') }}" }
        """));

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task The_objects_are_printed_as_yaml_that_reads_back_and_is_the_same_every_time()
    {
        await StoreSecretAsync();
        var first = await RenderAsync();
        Assert.Equal(first, await RenderAsync());
        var objects = YamlJson.ToJsonNodes("rendered.yaml", System.Text.Encoding.UTF8.GetBytes(first));
        Assert.Equal(["Secret", "Service", "Deployment", "PodDisruptionBudget", "NetworkPolicy", "Ingress"], objects.Select(item => (string?)item["kind"]));
        Assert.All(objects, item => Assert.Equal("shop-dev", (string?)item["metadata"]!["namespace"]));
        Assert.Contains("dex.local/shop/web@sha256:", first, StringComparison.Ordinal);
        var list = JsonNode.Parse(await RenderAsync("--output", "json"))!;
        Assert.Equal(objects.Count, list["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task Secrets_are_masked_unless_asked_for()
    {
        await StoreSecretAsync();
        var hidden = Convert.ToBase64String("very-secret"u8);
        Assert.DoesNotContain(hidden, await RenderAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(hidden, await RenderAsync("--json"), StringComparison.Ordinal);
        Assert.Contains(hidden, await RenderAsync("--show-secrets"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_object_is_explained_by_lines_and_defaults()
    {
        await StoreSecretAsync();
        var text = await RenderAsync("--explain");
        Assert.Contains("Ingress/web  from services.web\n  app/dex.yaml:7:5  services.web.route\n", text, StringComparison.Ordinal);
        Assert.Contains("default: more than one copy", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_gets_a_file_for_each_object()
    {
        await StoreSecretAsync();
        await RenderAsync("--output", "out");
        Assert.Equal(
            ["deployment-web.yaml", "ingress-web.yaml", "networkpolicy-web.yaml", "poddisruptionbudget-web.yaml", "secret-web-env.yaml", "service-web.yaml"],
            Directory.GetFiles(Path.Combine(_workspace.Root, "out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    Task StoreSecretAsync() => _workspace.Get<LocalSecretStore>().SetAsync("token", new Secret<string>("very-secret"), TestContext.Current.CancellationToken);

    async Task<string> RenderAsync(params string[] arguments)
    {
        var run = await _workspace.RunAsync(["render", "app", .. arguments]);
        Assert.True(run.ExitCode == ExitCode.Ok, run.Output + run.Error);
        return run.Output;
    }
}
