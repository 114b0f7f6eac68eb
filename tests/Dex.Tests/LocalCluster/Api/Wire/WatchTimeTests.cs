using System.Text.Json.Nodes;
using Dex.Tests.LocalCluster.Controllers;

namespace Dex.Tests.LocalCluster.Api.Wire;

/// <summary>What a watch does while time passes.</summary>
public sealed class WatchTimeTests : WireTest
{
    // Certificates are made by this clock and checked by the machine's.
    readonly FakeClock _clock = new(DateTimeOffset.UtcNow);

    protected override TimeProvider Time => _clock;

    [Fact]
    public async Task Bookmarks_come_every_minute()
    {
        var began = Cluster.Registry.Revision;
        var watch = await OpenAsync("&allowWatchBookmarks=true");
        await UntilSetAsync(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));

        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            var bookmark = JsonNode.Parse((await watch.ReadLineAsync(Ct))!)!;
            Assert.Equal("BOOKMARK", (string?)bookmark["type"]);
            Assert.InRange(long.Parse((string)bookmark["object"]!["metadata"]!["resourceVersion"]!), began, Cluster.Registry.Revision);
        }
    }

    [Fact]
    public async Task A_watch_that_asks_for_no_time_lasts_half_an_hour_to_an_hour()
    {
        var watch = await OpenAsync("");
        await UntilSetAsync(TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(60));

        _clock.Advance(TimeSpan.FromMinutes(29));
        await CreateAsync("after-29-minutes");
        var line = await watch.ReadLineAsync(Ct);
        _clock.Advance(TimeSpan.FromMinutes(31));

        Assert.Contains("after-29-minutes", line);
        Assert.Null(await watch.ReadLineAsync(Ct));
    }

    /// <summary>A watch of what comes.</summary>
    async Task<StreamReader> OpenAsync(string query)
    {
        var uri = new Uri($"{ConfigMaps}?watch=1&fieldSelector=metadata.name!=kube-root-ca.crt&resourceVersion={Cluster.Registry.Revision}{query}", UriKind.Relative);
        var response = await Client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, Ct);
        return new StreamReader(await response.Content.ReadAsStreamAsync(Ct));
    }

    /// <summary>Waits until a timer is set that goes off after such a time.</summary>
    async Task UntilSetAsync(TimeSpan least, TimeSpan most)
    {
        while (!_clock.Waits.Any(wait => wait >= least && wait <= most))
            await Task.Delay(5, Ct);
    }
}
