using System.Text.Json.Nodes;
using Dex.App;
using Dex.Features.Build.Images;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Tests.Deploy;

namespace Dex.Tests.Build;

/// <summary>From sources through a real registry to a cluster that is not the embedded one.</summary>
public sealed class DeliveryTests(SharedCluster cluster) : IClassFixture<SharedCluster>, IAsyncLifetime
{
    static readonly ResourceId Nodes = KnownResources.Get("v1", "Node");
    static int _counter;
    readonly string _app = $"shop{Interlocked.Increment(ref _counter)}";
    readonly BuildWorkspace _workspace = new();
    LoopbackRegistry _registry = null!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _registry = await LoopbackRegistry.StartAsync(Token);
        cluster.WriteKubeConfig(_workspace.Root);
        await BaseImage.PushAsync(_registry, _workspace, "base", "1", "amd64", "arm64");
        _workspace.App("app", ("server.js", "1"), ("dex.yaml", $$"""
            dex: 1
            name: {{_app}}
            services:
              web: { build: { bundle: { base: "{{_registry.Address}}/base:1", entrypoint: [node, server.js] } }, port: 80, replicas: 0 }
            clusters: { shared: { context: shared, registry: "{{_registry.Address}}/team" } }
            environments: { staging: { cluster: shared }, prod: { cluster: shared } }
            """));
    }

    public async ValueTask DisposeAsync()
    {
        if (_registry is not null) await _registry.DisposeAsync();
        _workspace.Dispose();
    }

    [Fact]
    public async Task One_published_build_is_deployed_to_many_environments_as_it_is()
    {
        var built = await RunAsync("build", "app", "--env", "staging", "--push", "--images", "out/images.json", "--platforms", "linux/amd64");
        var reference = (string)built["images"]!["web"]!["reference"]!;
        BuildWorkspace.Write(_workspace.Root, "app/server.js", "this is not what was published");
        await RunAsync("deploy", "staging", "app", "--images", "out/images.json");
        await RunAsync("deploy", "prod", "app", "--images", "out/images.json");
        Assert.Equal([reference, reference], await ImagesAsync());
        var diff = await _workspace.RunAsync("diff", "prod", "app", "--images", "out/images.json");
        Assert.True(diff.ExitCode == ExitCode.Ok, diff.Output + diff.Error);
        Assert.Contains(reference, (await _workspace.RunAsync("render", "app", "--env", "prod", "--images", "out/images.json")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Platforms_are_read_from_the_nodes_and_the_images_are_pushed_on_the_way()
    {
        using var first = await NodeAsync("one", "arm64", "linux");
        using var second = await NodeAsync("two", "amd64", "linux");
        using var third = await NodeAsync("three", "amd64", "windows");
        await RunAsync("deploy", "prod", "app");
        var reference = Assert.Single(await ImagesAsync());
        Assert.StartsWith($"{_registry.Address}/team/{_app}/web@sha256:", reference, StringComparison.Ordinal);
        var index = JsonNode.Parse(await _registry.GetAsync($"team/{_app}/web/manifests/{reference[(reference.IndexOf('@') + 1)..]}", MediaTypes.Index, Token))!;
        Assert.Equal(["amd64", "arm64"], index["manifests"]!.AsArray().Select(entry => (string?)entry!["platform"]!["architecture"]));
    }

    [Fact]
    public async Task A_published_build_is_brought_up_as_it_is()
    {
        var built = await RunAsync("build", "app", "--env", "staging", "--push", "--images", "out/images.json", "--platforms", "linux/amd64");
        BuildWorkspace.Write(_workspace.Root, "app/server.js", "this is not what was published");
        var kept = _registry.Contents();

        var up = await RunAsync("up", "app", "--env", "prod", "--name", "one", "--images", "out/images.json");

        Assert.EndsWith($"{_app}/one", (string?)up["environment"], StringComparison.Ordinal);
        Assert.Equal([(string)built["images"]!["web"]!["reference"]!], await ImagesAsync());
        Assert.Equal(kept, _registry.Contents());
        await RunAsync("down", "app", "--name", "one");
    }

    [Theory]
    [InlineData("diff", "prod", "app")]
    [InlineData("up", "app", "--env", "prod", "--name", "one", "--dry-run")]
    public async Task A_dry_run_knows_the_digest_of_what_a_deploy_will_push_and_writes_nothing(params string[] dryRun)
    {
        using var node = await NodeAsync("one", "amd64", "linux");
        var kept = _registry.Contents();
        var dry = await _workspace.RunAsync([.. dryRun, "--json"]);
        Assert.True(dry.ExitCode is ExitCode.Ok or ExitCode.Findings, dry.Error);
        Assert.Equal(kept, _registry.Contents());
        Assert.False(File.Exists(Path.Combine(_workspace.Root, "app/dex.lock")));

        await RunAsync("deploy", "prod", "app");
        Assert.NotEqual(kept, _registry.Contents());
        var reference = Assert.Single(await ImagesAsync());
        if (dryRun[0] == "diff") Assert.Contains(reference, dry.Output, StringComparison.Ordinal);
        var diff = await _workspace.RunAsync("diff", "prod", "app");
        Assert.True(diff.ExitCode == ExitCode.Ok, diff.Output + diff.Error);
    }

    [Fact]
    public async Task A_plan_that_is_kept_names_images_that_are_there()
    {
        using var node = await NodeAsync("one", "amd64", "linux");
        Assert.Equal(ExitCode.Findings, (await _workspace.RunAsync("diff", "prod", "app", "--out", "plan.json")).ExitCode);
        BuildWorkspace.Write(_workspace.Root, "app/server.js", "this is not what was planned");

        await RunAsync("deploy", "prod", "app", "--plan", "plan.json");

        var reference = Assert.Single(await ImagesAsync());
        Assert.NotEmpty(await _registry.GetAsync($"team/{_app}/web/manifests/{reference[(reference.IndexOf('@') + 1)..]}", MediaTypes.Index, Token));
    }

    [Fact]
    public async Task Nodes_that_say_nothing_are_a_warning_with_the_key_to_set()
    {
        var run = await _workspace.RunAsync("build", "app", "--env", "prod");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Contains("warning[DEX2042]", run.Error, StringComparison.Ordinal);
        Assert.Contains("clusters.shared.platforms", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DEX2012", "nowhere.json", null)]
    [InlineData("DEX2013", "images.json", "{}")]
    [InlineData("DEX2013", "images.json", "nonsense")]
    [InlineData("DEX2013", "images.json", """{"app":"other","images":{}}""")]
    [InlineData("DEX2013", "images.json", """{"images":{"web":{"reference":"registry.example.com/web:1"}}}""")]
    [InlineData("DEX2041", "images.json", """{"images":{"web":{"reference":"dex.local/shop/web@sha256:0f4f7c7a0c4f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70819203"}}}""")]
    [InlineData("DEX2120", "images.json", """{"images":{}}""")]
    public async Task A_file_of_images_that_cannot_be_deployed_is_refused(string code, string file, string? content)
    {
        if (content is not null) BuildWorkspace.Write(_workspace.Root, file, content);
        var run = await _workspace.RunAsync("deploy", "prod", "app", "--images", file);
        Assert.NotEqual(ExitCode.Ok, run.ExitCode);
        Assert.Contains($"error[{code}]", run.Error, StringComparison.Ordinal);
    }

    async Task<IReadOnlyList<string>> ImagesAsync()
    {
        var list = await cluster.Client.ListAsync(KnownResources.Get("apps/v1", "Deployment"), null, new Selection { Labels = $"dex.dev/app={_app}" }, Token);
        return [.. list.Items.Select(item => item.Items("spec", "template", "spec", "containers").Single().Text("image")!)];
    }

    async Task<IDisposable> NodeAsync(string name, string architecture, string os)
    {
        await cluster.Client.CreateAsync(Nodes, null, new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Node",
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["kubernetes.io/os"] = os, ["kubernetes.io/arch"] = architecture } },
        }, Token);
        return new Removal(() => cluster.Client.DeleteAsync(Nodes, null, name, CancellationToken.None).GetAwaiter().GetResult());
    }

    async Task<JsonNode> RunAsync(params string[] arguments)
    {
        var run = await _workspace.RunAsync([.. arguments, "--json"]);
        Assert.True(run.ExitCode == ExitCode.Ok, run.Output + run.Error);
        return JsonNode.Parse(run.Output)!;
    }

    sealed class Removal(Action remove) : IDisposable
    {
        public void Dispose() => remove();
    }
}
