using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Testing;
using Dex.Tests.Apply;
using Dex.Tests.Deploy;

namespace Dex.Tests.Environments;

public sealed class EphemeralGuideTests(SharedCluster cluster) : IClassFixture<SharedCluster>
{
    [Fact]
    public async Task The_guide_does_what_it_says()
    {
        using var folder = new TemporaryFolder();
        cluster.WriteKubeConfig(folder.Path, "nonprod-eu");
        Assert.Equal(9, await Guide.RunAsync("ephemeral-environments.md", folder.Path, words => SharedApp.RunAsync(folder.Path, words)));

        var policy = ApplyCluster.Objects(await File.ReadAllTextAsync(Path.Combine(folder.Path, "policy.yaml"), TestContext.Current.CancellationToken))[0];
        await cluster.Client.ApplyAsync(KnownResources.Get("v1", "ConfigMap"), policy, new ApplyPatchOptions { Force = true }, TestContext.Current.CancellationToken);
        Assert.Contains("DEX4252", (await SharedApp.RunAsync(folder.Path, ["env", "extend", "demo", "8d"])).Error, StringComparison.Ordinal);
        Assert.Contains("ends at", (await SharedApp.RunAsync(folder.Path, ["env", "extend", "demo", "6d"])).Output, StringComparison.Ordinal);
    }
}
