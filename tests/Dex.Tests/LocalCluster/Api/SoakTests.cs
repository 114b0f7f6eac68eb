using Dex.Bench.LocalApi;
using Dex.LocalCluster;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.LocalCluster.Api;

public sealed class SoakTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Watches_that_end_and_resume_tell_every_write_once_and_in_order(bool durable)
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = durable ? Directory.CreateTempSubdirectory("dex-soak-").FullName : null;
        await using (var cluster = await Cluster.StartAsync(new LocalClusterOptions { InMemory = !durable, DataDirectory = folder, RunAgent = false }, ct))
        {
            using var client = ClusterClient.For(cluster);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            stop.CancelAfter(TimeSpan.FromSeconds(4));
            var soak = new Soak(client, new SoakSize(Clients: 4, Objects: 40, Watches: 8, Namespaces: 2, Pause: TimeSpan.FromMilliseconds(2), WatchSeconds: 2), seed: 1);

            await soak.RunAsync(stop.Token);

            Assert.NotEmpty(soak.DelayMilliseconds);
            Assert.True(soak.Resumptions > 0);
        }
        if (folder is not null)
            Directory.Delete(folder, recursive: true);
    }
}
