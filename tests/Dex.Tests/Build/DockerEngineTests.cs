using System.Text.Json.Nodes;
using Dex.Features.Build;
using Dex.Features.Build.Images;
using Dex.Yaml;

namespace Dex.Tests.Build;

/// <summary>Dockerfiles through the BuildKit of a real engine.</summary>
[Collection(nameof(DockerEngine))]
public sealed class DockerEngineTests : IDisposable
{
    const string Busybox = "/bin/busybox";
    static CancellationToken Token => TestContext.Current.CancellationToken;

    readonly DockerEngine _engine;
    readonly BuildWorkspace _workspace;

    public DockerEngineTests(DockerEngine engine)
    {
        engine.Require();
        Assert.SkipUnless(File.Exists(Busybox), "needs a static busybox (apt-get install busybox-static)");
        (_engine, _workspace) = (engine, new BuildWorkspace(engine.Programs, ("DOCKER_HOST", engine.Host)));
    }

    public void Dispose() => _workspace?.Dispose();

    [Fact]
    public async Task A_dockerfile_becomes_an_image_of_the_layout_and_nothing_stays_in_the_engine()
    {
        var folder = App("one", """
            FROM scratch AS build
            COPY busybox /bin/busybox
            SHELL ["/bin/busybox", "sh", "-c"]
            ARG VERSION
            RUN --mount=type=secret,id=token busybox sh -c 'echo $VERSION $(busybox wc -c < /run/secrets/token) > /result' 
            FROM scratch
            COPY --from=build /bin/busybox /bin/busybox
            COPY --from=build /result /result
            USER 1000
            ENTRYPOINT ["/bin/busybox", "cat", "/result"]
            """);
        BuildWorkspace.Write(folder, "secrets/token", "very-secret");
        var before = await ImagesAsync();
        var image = await _workspace.BuildAsync(folder, new BuildConfig { Dockerfile = "Dockerfile", Args = new() { ["VERSION"] = "7" }, Secrets = new() { ["token"] = "secrets/token" } });
        var manifest = _workspace.Layout.ReadJson(image.Digest);
        var config = _workspace.Layout.ReadJson((string)manifest["config"]!["digest"]!);
        Assert.Equal("""["/bin/busybox","cat","/result"]""", config["config"]!["Entrypoint"]!.ToJsonString());
        Assert.Equal(manifest["layers"]!.AsArray().Count, config["rootfs"]!["diff_ids"]!.AsArray().Count);
        Assert.Equal("7 11\n", Layers.Read(_workspace.Layout, image.Digest, "result"));
        Assert.Equal(before, await ImagesAsync());
        Assert.DoesNotContain("very-secret", string.Concat(Directory.GetFiles(_workspace.Host.DexHome, "*.log", SearchOption.AllDirectories).Select(File.ReadAllText)), StringComparison.Ordinal);
        Assert.Equal("unchanged", (await _workspace.BuildAsync(folder, new BuildConfig { Dockerfile = "Dockerfile", Args = new() { ["VERSION"] = "7" }, Secrets = new() { ["token"] = "secrets/token" } })).Reason);
    }

    [Fact]
    public async Task Two_folders_of_the_same_sources_give_the_same_digest()
    {
        const string dockerfile = "FROM scratch\nCOPY busybox /bin/busybox\nENTRYPOINT [\"/bin/busybox\"]\n";
        var build = new BuildConfig { Dockerfile = "Dockerfile" };
        var one = await _workspace.BuildAsync(App("one", dockerfile), build);
        using var other = new BuildWorkspace(_engine.Programs, ("DOCKER_HOST", _engine.Host));
        var two = await other.BuildAsync(App("elsewhere/two", dockerfile), build);
        Assert.False(two.Cached);
        Assert.Equal(one.Digest, two.Digest);
    }

    [Theory]
    [InlineData("FROM scratch\nCOPY busybox /bin/busybox\n\nRUN [\"/bin/busybox\", \"false\"]\n", 4)]
    [InlineData("FROM scratch\nCOPY busybox /b\nFORM x\n", 3)]
    [InlineData("FROM scratch\nCOPY nowhere /nowhere\n", 2)]
    public async Task A_dockerfile_that_fails_is_shown_at_the_line_that_failed(string dockerfile, int line)
    {
        var folder = App("broken", dockerfile);
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => _workspace.BuildAsync(folder, new BuildConfig { Dockerfile = "Dockerfile" }));
        var diagnostic = Assert.Single(error.Diagnostics);
        Assert.Equal("DEX2001", diagnostic.Code);
        Assert.True(diagnostic.Labels.Count > 0, string.Join('\n', diagnostic.Details));
        Assert.Equal($"broken/Dockerfile:{line}:1", diagnostic.Labels[0].Span.ToString());
    }

    [Fact]
    public async Task A_pushed_image_says_which_commit_it_comes_from_in_annotations_and_labels()
    {
        await using var registry = await LoopbackRegistry.StartAsync(Token);
        var folder = App("app", "FROM scratch\nCOPY busybox /bin/busybox\nLABEL org.example.kept=yes\nENTRYPOINT [\"/bin/busybox\"]\n");
        BuildWorkspace.Write(folder, "dex.yaml", $$"""
            name: shop
            services:
              web: { build: { dockerfile: Dockerfile }, port: 80 }
            clusters: { eu: { registry: "{{registry.Address}}/team", platforms: [linux/amd64] } }
            environments: { prod: { cluster: eu } }
            """);
        foreach (var arguments in new[] { "init -q", "remote add origin https://ann:hunter2@git.example.com/shop.git", "add -A", "-c user.name=Ann -c user.email=ann@example.com commit -q -m first" })
            await GitAsync(folder, arguments.Split(' '));
        var (commit, time) = ((await GitAsync(folder, "rev-parse", "HEAD")).Trim(), (await GitAsync(folder, "log", "-1", "--format=%cI")).Trim());

        var run = await _workspace.RunAsync("build", "app", "--env", "prod", "--push", "--json");

        Assert.True(run.ExitCode == Dex.App.ExitCode.Ok, run.Output + run.Error);
        var digest = (string)JsonNode.Parse(run.Output)!["images"]!["web"]!["digest"]!;
        var index = JsonNode.Parse(await registry.GetAsync($"team/shop/web/manifests/{digest}", MediaTypes.Index, Token))!;
        var manifest = JsonNode.Parse(await registry.GetAsync($"team/shop/web/manifests/{index["manifests"]![0]!["digest"]}", MediaTypes.Manifest, Token))!;
        var config = JsonNode.Parse(await registry.GetAsync($"team/shop/web/blobs/{manifest["config"]!["digest"]}", MediaTypes.Config, Token))!;
        foreach (var facts in new[] { manifest["annotations"]!, config["config"]!["Labels"]! })
        {
            Assert.Equal(
                [commit, "https://git.example.com/shop.git", time],
                ((string[])["revision", "source", "created"]).Select(name => (string?)facts[$"org.opencontainers.image.{name}"]));
        }

        Assert.Equal((time, "yes"), ((string?)config["created"], (string?)config["config"]!["Labels"]!["org.example.kept"]));
    }

    [Fact]
    public async Task A_cache_to_share_needs_buildx_and_says_so()
    {
        if (await HasBuildxAsync()) Assert.Skip("needs a machine without buildx");
        var build = new BuildConfig { Dockerfile = "Dockerfile", Cache = "type=local,dest=/tmp/x" };
        var error = await Assert.ThrowsAsync<DiagnosticException>(() => _workspace.BuildAsync(App("one", "FROM scratch\nCOPY busybox /b\n"), build));
        Assert.Equal("DEX2045", error.Diagnostics[0].Code);
    }

    // The engine lists images of the same second in no order.
    async Task<IEnumerable<string>> ImagesAsync() => (await _engine.RunAsync("image", "ls", "--quiet")).Split('\n').Order(StringComparer.Ordinal);

    async Task<bool> HasBuildxAsync() =>
        (await _workspace.Get<Processes.ProcessRunner>().RunAsync(new Processes.ProcessRequest("docker", ["buildx", "version"]), TestContext.Current.CancellationToken)).ExitCode == 0;

    async Task<string> GitAsync(string folder, params string[] arguments)
    {
        var result = await _workspace.Get<Processes.ProcessRunner>().RunAsync(new Processes.ProcessRequest("git", arguments) { WorkingDirectory = folder }, Token);
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output;
    }

    string App(string name, string dockerfile)
    {
        var folder = _workspace.App(name, ("Dockerfile", dockerfile));
        File.Copy(Busybox, Path.Combine(folder, "busybox"));
        return folder;
    }
}
