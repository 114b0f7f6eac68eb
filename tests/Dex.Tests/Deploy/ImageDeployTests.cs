using System.Text.Json.Nodes;
using Dex.App;
using Dex.Features.Build.Images;
using Dex.Kubernetes.Model;
using Dex.Processes;
using Dex.Testing;
using Dex.Tests.Build;

namespace Dex.Tests.Deploy;

/// <summary>A deploy that builds: the image goes to the cluster's registry first, and the cluster gets its digest.</summary>
public sealed class ImageDeployTests(SharedCluster cluster) : IClassFixture<SharedCluster>, IDisposable
{
    readonly SharedApp _app = new(cluster);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _app.Dispose();

    [Fact]
    public async Task An_image_is_built_pushed_and_deployed_by_its_digest_and_kept_in_the_history()
    {
        await using var registry = await LoopbackRegistry.StartAsync(Ct);
        await PushBaseAsync(registry.Address);
        _app.Write("server.js", "1");
        _app.Write("dex.yaml", $$"""
            name: {{_app.Name}}
            services:
              web: { build: { bundle: { base: "{{registry.Address}}/base:1", entrypoint: [node, server.js] } }, port: 8080 }
            clusters:
              shared: { context: shared, registry: "{{registry.Address}}/team", platforms: [linux/amd64], routeClass: alb }
            environments:
              prod: { cluster: shared }
            """);

        var run = await _app.RunAsync("deploy", "prod", "--json");

        Assert.True(run.ExitCode == ExitCode.Ok, run.Output + run.Error);
        var image = ((JsonObject)JsonNode.Parse(run.Output)!).Items("services").Single().Text("image")!;
        Assert.StartsWith($"{registry.Address}/team/{_app.Name}/web@sha256:", image, StringComparison.Ordinal);
        var deployment = Assert.Single((await cluster.Client.ListAsync(KnownResources.Get("apps/v1", "Deployment"), null, new() { Labels = $"dex.dev/app={_app.Name}" }, Ct)).Items);
        Assert.Equal(image, deployment.Items("spec", "template", "spec", "containers").Single().Text("image"));
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{image.Replace("/team", "/v2/team").Replace("@", "/manifests/")}");
        request.Headers.Accept.ParseAdd("application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json");
        using var manifest = await http.SendAsync(request, Ct);
        Assert.True(manifest.IsSuccessStatusCode, manifest.ToString());
        var history = (JsonArray)JsonNode.Parse((await _app.RunAsync("history", "prod", "--json")).Output)!;
        Assert.Equal(image, (string?)history[0]!["images"]!["web"]);

        _app.Write("server.js", "2");
        Assert.Equal(ExitCode.Ok, (await _app.RunAsync("deploy", "prod")).ExitCode);
        Assert.Equal(ExitCode.Ok, (await _app.RunAsync("rollback", "prod")).ExitCode);
        deployment = Assert.Single((await cluster.Client.ListAsync(KnownResources.Get("apps/v1", "Deployment"), null, new() { Labels = $"dex.dev/app={_app.Name}" }, Ct)).Items);
        Assert.Equal(image, deployment.Items("spec", "template", "spec", "containers").Single().Text("image"));
    }

    /// <summary>A base image, made with dex's own writer and pushed with skopeo.</summary>
    static async Task PushBaseAsync(string registry)
    {
        using var folder = new TemporaryFolder();
        var layout = new ImageLayout(folder.Path, TimeProvider.System);
        var layer = Layer.Pack(layout, [new LayerFile("usr/lib/base", folder.Write("file", "1"))], Ct);
        var platform = new ImagePlatform("linux", "amd64");
        await layout.NameAsync("base", AppImage.WriteIndex(layout, [(platform, new AppImage { Entrypoint = ["sh"] }.Write(layout, layer, platform))]), Ct);
        var host = Host.Current();
        using var log = new RunLog(host with { HomeDirectory = folder.Path, Environment = new Dictionary<string, string>(host.Environment) { ["DEX_HOME"] = folder.Path } });
        var processes = new ProcessRunner(host, log);
        if (processes.Find("skopeo") is null) Assert.Skip("needs skopeo (apt-get install skopeo)");
        var pushed = await processes.RunAsync(new ProcessRequest("skopeo", ["--insecure-policy", "copy", "--all", "--dest-tls-verify=false", $"oci:{folder.Path}:base", $"docker://{registry}/base:1"]), Ct);
        Assert.True(pushed.ExitCode == 0, pushed.Error);
    }
}
