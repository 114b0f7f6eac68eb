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
        var watch = await OpenAsync("allowWatchBookmarks=true", timers: 2);

        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            var bookmark = JsonNode.Parse((await watch.ReadLineAsync(Ct))!)!;
            Assert.Equal(("BOOKMARK", Cluster.Registry.Revision.ToString()), ((string?)bookmark["type"], (string?)bookmark["object"]!["metadata"]!["resourceVersion"]));
        }
    }

    [Fact]
    public async Task A_watch_that_asks_for_no_time_lasts_half_an_hour_to_an_hour()
    {
        var watch = await OpenAsync("", timers: 1);

        _clock.Advance(TimeSpan.FromMinutes(29));
        await CreateAsync("after-29-minutes");
        var line = await watch.ReadLineAsync(Ct);
        _clock.Advance(TimeSpan.FromMinutes(31));

        Assert.Contains("after-29-minutes", line);
        Assert.Null(await watch.ReadLineAsync(Ct));
    }

    /// <summary>A watch of what comes, once it has set its timers.</summary>
    async Task<StreamReader> OpenAsync(string query, int timers)
    {
        var before = _clock.Timers;
        var response = await Client.GetAsync(new Uri($"{ConfigMaps}?watch=1&resourceVersion={Cluster.Registry.Revision}&{query}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Ct);
        while (_clock.Timers < before + timers)
            await Task.Delay(5, Ct);
        return new StreamReader(await response.Content.ReadAsStreamAsync(Ct));
    }
}
