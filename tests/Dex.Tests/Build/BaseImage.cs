using Dex.Features.Build.Images;

namespace Dex.Tests.Build;

/// <summary>A small base image in a registry.</summary>
static class BaseImage
{
    public static async Task PushAsync(LoopbackRegistry registry, BuildWorkspace workspace, string repository, string tag, params string[] architectures)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var layout = new ImageLayout(Path.Combine(workspace.Root, "base"), TimeProvider.System);
        var layer = Layer.Pack(layout, [new LayerFile("usr/lib/base", workspace.App("content", ("base", "1")) + "/base")], cancellationToken);
        var image = new AppImage { Entrypoint = ["sh"] };
        var index = AppImage.WriteIndex(layout, architectures.Select(name => new ImagePlatform("linux", name)).Select(platform => (platform, image.Write(layout, layer, platform))));
        await registry.PushAsync(layout, index, repository, tag, cancellationToken);
    }
}
