using Dex.App;
using Dex.Config;
using Dex.Features.Build;
using Dex.Features.Build.Images;
using Dex.Features.Manifests;

namespace Dex.Tests.Build;

public sealed class PruneTests : IDisposable
{
    readonly BuildWorkspace _workspace = new();

    string Images => Path.Combine(_workspace.Host.DexHome, "images");

    public void Dispose() => _workspace.Dispose();

    [Fact]
    public async Task Images_that_were_not_used_for_a_month_go_with_their_layers_and_the_others_stay_whole()
    {
        var old = await BuildAsync("old", "1");
        var used = await BuildAsync("used", "2");
        var foreign = Path.Combine(Images, "blobs", "sha256", "notes.txt");
        await File.WriteAllTextAsync(foreign, "mine");
        var half = Path.Combine(Images, "tmp", "half-written");
        await File.WriteAllTextAsync(half, "x");
        foreach (var file in Directory.GetFiles(_workspace.Host.DexHome, "*", SearchOption.AllDirectories)) Age(file, ImagePruner.Kept + TimeSpan.FromDays(1));
        Age(Path.Combine(Images, "blobs", "sha256", used.Digest[7..]), TimeSpan.FromDays(3));

        var fresh = await BuildAsync("fresh", "3");
        Assert.False(_workspace.Layout.Contains(old.Digest));
        Assert.Null(_workspace.Layout.Find("dex.local/old/web:latest"));
        Assert.True(Complete(used) && Complete(fresh));
        Assert.True(File.Exists(foreign));
        Assert.False(File.Exists(half));
        Assert.Equal(7, Directory.GetFiles(Path.Combine(Images, "blobs", "sha256")).Length);
        Assert.Equal("first build here", (await BuildAsync("old", "1")).Reason);
    }

    [Fact]
    public async Task Nothing_is_looked_through_twice_a_day()
    {
        var image = await BuildAsync("old", "1");
        foreach (var file in Directory.GetFiles(Path.Combine(Images, "blobs", "sha256"))) Age(file, TimeSpan.FromDays(90));
        await BuildAsync("other", "2");
        Assert.True(Complete(image));
    }

    bool Complete(BuiltImage image) =>
        ImageBlobs.AreComplete(_workspace.Layout, new Descriptor(MediaTypes.Manifest, image.Digest, new FileInfo(_workspace.Layout.BlobPath(image.Digest)).Length));

    static void Age(string file, TimeSpan age) => File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime - age);

    async Task<BuiltImage> BuildAsync(string name, string content)
    {
        var build = new BuildConfig { Bundle = new BundleConfig { Entrypoint = ["node", "server.js"] } };
        var app = new AppConfig { Name = name, Services = new NamedMap<Service> { ["web"] = new Service { Build = build } } };
        var folder = _workspace.App(name, ("server.js", content));
        return (await _workspace.Builder.BuildAsync(new BuildRequest(app, folder, []), _workspace.Progress, TestContext.Current.CancellationToken))["web"];
    }
}
