using Dex.App;
using Dex.Features.Manifests;
using Dex.Tests.LocalCluster.Schema;
using Dex.Yaml;

namespace Dex.Tests.Manifests;

/// <summary>Applications of others, taken as they are through <c>manifests</c>.</summary>
public sealed class StrangersTests
{
    [Theory]
    [InlineData("k8s-examples-guestbook/web/guestbook", 6, "*.yaml")]
    [InlineData("k8s-examples-guestbook/web/guestbook", 6, "all-in-one/guestbook-all-in-one.yaml")]
    [InlineData("podinfo/kustomize", 3, "deployment.yaml", "hpa.yaml", "service.yaml")]
    [InlineData("k8s-examples-misc", 7, "AI/vllm-deployment/*.yaml", "databases/**")]
    [InlineData("kustomize-examples/examples/wordpress", 5, "*/deployment.yaml", "*/service.yaml", "mysql/secret.yaml")]
    [InlineData("kustomize-examples/examples", 5, "helloWorld/configMap.yaml", "helloWorld/deployment.yaml", "helloWorld/service.yaml", "ldap/base/deployment.yaml", "ldap/base/service.yaml")]
    public async Task Their_objects_are_rendered_unchanged(string folder, int least, params string[] globs)
    {
        var root = SharedData.Require($"data/manifests/{folder}");
        var manifests = await RawManifests.ReadAsync(root, globs, _ => null, TestContext.Current.CancellationToken);
        var app = new AppConfig { Name = "strangers" };
        var rendering = ManifestRenderer.Render(new RenderInput
        {
            App = app,
            Values = await AppValues.GetAsync(app, TestContext.Current.CancellationToken),
            Environment = "dev",
            Namespace = "strangers",
            Manifests = manifests,
        });
        Assert.True(rendering.Objects.Count >= least, $"{rendering.Objects.Count} objects");
        foreach (var (manifest, item) in manifests.Zip(rendering.Objects))
        {
            Assert.Equal(YamlWriter.ToString(manifest.Object), YamlWriter.ToString(item));
            Assert.Equal(YamlWriter.ToString(item), YamlWriter.ToString(YamlJson.ToJsonNodes("again.yaml", System.Text.Encoding.UTF8.GetBytes(YamlWriter.ToString(item))).Single()));
        }
    }

    [Fact]
    public async Task A_kustomization_is_no_object_and_says_so()
    {
        var root = SharedData.Require("data/manifests/podinfo");
        var failure = await Assert.ThrowsAnyAsync<DiagnosticException>(() =>
            RawManifests.ReadAsync(root, ["kustomize/*.yaml"], _ => null, TestContext.Current.CancellationToken));
        Assert.Equal("DEX2126", failure.Diagnostics[0].Code);
        Assert.Contains("kustomization.yaml", failure.Diagnostics[0].Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_glob_without_files_is_named()
    {
        var failure = await Assert.ThrowsAnyAsync<DiagnosticException>(() =>
            RawManifests.ReadAsync(Path.GetTempPath(), ["no-such-folder/*.yaml"], _ => new SourceSpan("dex.yaml", 3, 4, 0, 1), TestContext.Current.CancellationToken));
        Assert.Equal(("DEX2125", "dex.yaml:3:4"), (failure.Diagnostics[0].Code, failure.Diagnostics[0].Labels[0].Span.ToString()));
    }
}
