using System.Text.Json.Nodes;
using Dex.App;
using Dex.Features.Build;
using Dex.Features.Build.Images;
using Dex.Processes;

namespace Dex.Tests.Build;

/// <summary>Pushing to a real registry, read back with the registry's own words and with skopeo.</summary>
public sealed class RegistryTests : IAsyncLifetime
{
    readonly BuildWorkspace _workspace = new();
    LoopbackRegistry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await LoopbackRegistry.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_registry is not null) await _registry.DisposeAsync();
        _workspace.Dispose();
    }

    [Fact]
    public async Task A_pushed_image_is_its_base_and_the_app_and_a_second_push_sends_nothing()
    {
        await PushBaseAsync();
        var folder = App();
        var first = await RunAsync("build", folder, "--env", "prod", "--push");
        var web = first["images"]!["web"]!;
        var reference = (string)web["reference"]!;
        Assert.StartsWith($"{_registry.Address}/team/shop/web@sha256:", reference, StringComparison.Ordinal);
        Assert.True((long)web["sent"]! > 0);
        var second = await RunAsync("build", folder, "--env", "prod", "--push");
        Assert.Equal((reference, 0L), ((string)second["images"]!["web"]!["reference"]!, (long)second["images"]!["web"]!["sent"]!));

        var index = JsonNode.Parse(await SkopeoAsync("inspect", "--raw", "--tls-verify=false", $"docker://{reference}"))!;
        Assert.Equal(["amd64", "arm64"], index["manifests"]!.AsArray().Select(entry => (string?)entry!["platform"]!["architecture"]));
        var config = JsonNode.Parse(await SkopeoAsync("inspect", "--config", "--tls-verify=false", "--override-arch", "arm64", $"docker://{reference}"))!;
        Assert.Equal("""["node","server.js"]""", config["config"]!["Entrypoint"]!.ToJsonString());
        Assert.Contains("FROM_BASE=1", config["config"]!["Env"]!.AsArray().Select(entry => (string?)entry));
        Assert.Equal(2, config["rootfs"]!["diff_ids"]!.AsArray().Count);

        var images = Path.Combine(folder, "images.json");
        await File.WriteAllTextAsync(images, second.ToJsonString());
        Assert.Equal(reference, (await ImagesFile.ReadAsync(images, "shop", TestContext.Current.CancellationToken))["web"]);
    }

    [Fact]
    public async Task The_base_is_locked_by_digest_until_the_lock_is_removed()
    {
        var locked = await PushBaseAsync();
        var folder = App();
        await RunAsync("build", folder, "--env", "prod", "--push");
        var file = Path.Combine(folder, "dex.lock");
        Assert.Contains(locked, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        var moved = await PushBaseAsync("2");
        Assert.NotEqual(locked, moved);
        await RunAsync("build", folder, "--env", "prod", "--push", "--force");
        Assert.Contains(locked, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blobs_over_many_chunks_arrive_whole()
    {
        await PushBaseAsync();
        var folder = App();
        var noise = new byte[20_000_000];
        new Random(1).NextBytes(noise);
        await File.WriteAllBytesAsync(Path.Combine(folder, "noise.bin"), noise);
        var report = await RunAsync("build", folder, "--env", "prod", "--push");
        Assert.True((long)report["images"]!["web"]!["sent"]! > 20_000_000);
        await SkopeoAsync("copy", "--all", "--src-tls-verify=false", $"docker://{report["images"]!["web"]!["reference"]}", $"dir:{Path.Combine(_workspace.Root, "copy")}");
    }

    [Fact]
    public async Task A_push_over_a_connection_that_breaks_goes_on_where_it_was()
    {
        await PushBaseAsync();
        using var proxy = new CuttingProxy(_registry.Address, cuts: 3);
        var folder = App(registry: proxy.Address);
        var noise = new byte[30_000_000];
        new Random(2).NextBytes(noise);
        await File.WriteAllBytesAsync(Path.Combine(folder, "noise.bin"), noise);
        var report = await RunAsync("build", folder, "--env", "prod", "--push");
        Assert.Equal(0, proxy.Left);
        Assert.True(proxy.Received < noise.Length + (3 * 9_000_000), $"{proxy.Received} bytes were sent: at most a chunk is sent again for each cut");
        var reference = ((string)report["images"]!["web"]!["reference"]!).Replace(proxy.Address, _registry.Address, StringComparison.Ordinal);
        await SkopeoAsync("copy", "--all", "--src-tls-verify=false", $"docker://{reference}", $"dir:{Path.Combine(_workspace.Root, "copy")}");
    }

    [Fact]
    public async Task The_layers_of_a_base_in_the_same_registry_are_mounted_and_never_come_here()
    {
        await PushBaseAsync();
        await RunAsync("build", App(), "--env", "prod", "--push");
        var manifest = JsonNode.Parse(await _registry.GetAsync("base/manifests/1", MediaTypes.Index, TestContext.Current.CancellationToken))!["manifests"]![0]!;
        var image = JsonNode.Parse(await _registry.GetAsync($"base/manifests/{manifest["digest"]}", MediaTypes.Manifest, TestContext.Current.CancellationToken))!;
        Assert.False(_workspace.Layout.Contains((string)image["layers"]![0]!["digest"]!));
    }

    [Fact]
    public async Task A_pushed_image_says_which_commit_it_comes_from_and_no_password()
    {
        await PushBaseAsync();
        var folder = App();
        foreach (var arguments in new[] { "init -q", "remote add origin https://ann:hunter2@git.example.com/shop.git", "add -A", "-c user.name=Ann -c user.email=ann@example.com commit -q -m first" })
            await GitAsync(folder, arguments.Split(' '));
        // What a push itself writes, the lock of bases, belongs into the next commit.
        await RunAsync("build", folder, "--env", "prod", "--push");
        await GitAsync(folder, "add", "-A");
        await GitAsync(folder, "-c", "user.name=Ann", "-c", "user.email=ann@example.com", "commit", "-q", "--amend", "--no-edit");
        var commit = (await GitAsync(folder, "rev-parse", "HEAD")).Trim();
        var pushed = await RunAsync("build", folder, "--env", "prod", "--push");
        var (manifest, config) = await ReadAsync((string)pushed["images"]!["web"]!["reference"]!);
        foreach (var facts in new[] { manifest["annotations"]!, config["config"]!["Labels"]! })
        {
            Assert.Equal(commit, (string?)facts["org.opencontainers.image.revision"]);
            Assert.Equal("https://git.example.com/shop.git", (string?)facts["org.opencontainers.image.source"]);
        }

        var time = (await GitAsync(folder, "log", "-1", "--format=%cI")).Trim();
        Assert.Equal((time, time), ((string?)manifest["annotations"]!["org.opencontainers.image.created"], (string?)config["created"]));
        Assert.StartsWith("sha256:", (string?)manifest["annotations"]!["org.opencontainers.image.base.digest"], StringComparison.Ordinal);

        await File.WriteAllTextAsync(Path.Combine(folder, "server.js"), "not committed");
        var (dirty, _) = await ReadAsync((string)(await RunAsync("build", folder, "--env", "prod", "--push"))["images"]!["web"]!["reference"]!);
        Assert.Null(dirty["annotations"]!["org.opencontainers.image.revision"]);
    }

    async Task<(JsonNode Manifest, JsonNode Config)> ReadAsync(string reference)
    {
        var (token, repository) = (TestContext.Current.CancellationToken, reference[(reference.IndexOf('/') + 1)..reference.IndexOf('@')]);
        var index = JsonNode.Parse(await _registry.GetAsync($"{repository}/manifests/{reference[(reference.IndexOf('@') + 1)..]}", MediaTypes.Index, token))!;
        var manifest = JsonNode.Parse(await _registry.GetAsync($"{repository}/manifests/{index["manifests"]![0]!["digest"]}", MediaTypes.Manifest, token))!;
        return (manifest, JsonNode.Parse(await _registry.GetAsync($"{repository}/blobs/{manifest["config"]!["digest"]}", MediaTypes.Config, token))!);
    }

    async Task<string> GitAsync(string folder, params string[] arguments)
    {
        var result = await _workspace.Get<ProcessRunner>().RunAsync(new ProcessRequest("git", arguments) { WorkingDirectory = folder }, TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output;
    }

    [Theory]
    [InlineData("DEX2033", "missing/base:1")]
    [InlineData("DEX2035", "127.0.0.1:1/base:1")]
    [InlineData("DEX2030", "Not A Name")]
    public async Task A_base_that_cannot_be_had_is_named(string code, string name)
    {
        var folder = App(name.Contains("missing", StringComparison.Ordinal) ? $"{_registry.Address}/{name}" : name);
        var run = await _workspace.RunAsync("build", folder, "--env", "prod", "--push", "--json");
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains(code, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_base_without_the_wanted_platform_is_refused()
    {
        await PushBaseAsync("1", "amd64");
        var run = await _workspace.RunAsync("build", App(), "--env", "prod", "--push", "--json");
        Assert.Contains("DEX2037", run.Output, StringComparison.Ordinal);
        Assert.Contains("linux/amd64", run.Output, StringComparison.Ordinal);
        var shown = (await _workspace.RunAsync("build", "app", "--env", "prod", "--push")).Error;
        Assert.Contains("app/dex.yaml:4:", shown, StringComparison.Ordinal);
        Assert.Contains("= help:", shown, StringComparison.Ordinal);
    }

    string App(string? baseImage = null, string? registry = null)
    {
        var folder = _workspace.App("app", ("server.js", "1"));
        BuildWorkspace.Write(folder, "dex.yaml", $$"""
            dex: 1
            name: shop
            services:
              web: { build: { bundle: { base: "{{baseImage ?? $"{_registry.Address}/base:1"}}", entrypoint: [node, server.js] } }, port: 80 }
            clusters: { eu: { registry: "{{registry ?? _registry.Address}}/team", platforms: [linux/amd64, linux/arm64] } }
            environments: { prod: { cluster: eu } }
            """);
        return folder;
    }

    /// <summary>Makes a base image with dex's own writer and pushes it with skopeo.</summary>
    async Task<string> PushBaseAsync(string content = "1", params string[] architectures)
    {
        var layout = new ImageLayout(Path.Combine(_workspace.Root, "base-" + content), TimeProvider.System);
        var file = Path.Combine(_workspace.Root, "base-file-" + content);
        await File.WriteAllTextAsync(file, content);
        var layer = Layer.Pack(layout, [new LayerFile("usr/lib/base", file)], TestContext.Current.CancellationToken);
        var image = new AppImage { Entrypoint = ["sh"], Environment = ["FROM_BASE=1"] };
        var index = AppImage.WriteIndex(layout, (architectures.Length == 0 ? ["amd64", "arm64"] : architectures)
            .Select(architecture => new ImagePlatform("linux", architecture)).Select(platform => (platform, image.Write(layout, layer, platform))));
        await layout.NameAsync("base", index, TestContext.Current.CancellationToken);
        await SkopeoAsync("copy", "--all", "--dest-tls-verify=false", $"oci:{Path.Combine(_workspace.Root, "base-" + content)}:base", $"docker://{_registry.Address}/base:1");
        return index.Digest;
    }

    async Task<JsonNode> RunAsync(params string[] arguments)
    {
        var run = await _workspace.RunAsync([.. arguments, "--json"]);
        Assert.True(run.ExitCode == ExitCode.Ok, run.Output + run.Error);
        return JsonNode.Parse(run.Output)!;
    }

    async Task<string> SkopeoAsync(params string[] arguments)
    {
        var processes = _workspace.Get<ProcessRunner>();
        if (processes.Find("skopeo") is null) Assert.Skip("needs skopeo (apt-get install skopeo)");
        var result = await processes.RunAsync(new ProcessRequest("skopeo", ["--insecure-policy", .. arguments]), TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output;
    }
}
