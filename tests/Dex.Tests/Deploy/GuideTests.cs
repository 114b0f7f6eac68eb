using Dex.Testing;

namespace Dex.Tests.Deploy;

/// <summary>Executes the guide on deploying: writes its files and compares what its commands print.</summary>
public sealed class GuideTests(SharedCluster cluster) : IClassFixture<SharedCluster>
{
    [Fact]
    public async Task The_guide_does_what_it_says()
    {
        using var folder = new TemporaryFolder();
        cluster.WriteKubeConfig(folder.Path, "nonprod-eu");
        Assert.Equal(9, await Guide.RunAsync("deploying.md", folder.Path, words => SharedApp.RunAsync(folder.Path, words)));
    }
}
