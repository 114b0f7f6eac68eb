using System.Text.Json.Nodes;
using Dex.Features.Cluster;
using Dex.Features.Environments;
using Dex.Testing;

namespace Dex.Tests.Environments;

/// <summary>The address of an environment on the embedded cluster, asked as a browser would, under both isolations.</summary>
public sealed class PreviewUrlTests : IAsyncLifetime
{
    readonly HttpClient _browser = LocalhostClient.Create();
    IsolationCluster _cluster = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _cluster = await IsolationCluster.StartAsync(processes: true);

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    /// <summary>Scenario 19: two branches of 200 characters with everything in them that no name may have, which differ in the last one.</summary>
    [Theory]
    [InlineData(Isolation.Namespace)]
    [InlineData(Isolation.Prefix)]
    public async Task A_branch_with_any_name_gets_an_environment_of_its_own(Isolation isolation)
    {
        var start = "Ünïcode/日本語/FEATURE_Größe--🚀/" + new string('x', 150);
        string[] branches = [start.PadRight(199, 'y') + "1", start.PadRight(199, 'y') + "2"];
        var ups = new List<JsonObject>();
        foreach (var branch in branches)
        {
            Assert.Equal(200, branch.Length);
            ups.Add(await _cluster.JsonAsync(App(isolation, branch[^1..], ($".git/HEAD", $"ref: refs/heads/{branch}\n")), "up", "--timeout", "5m"));
        }

        var keys = ups.Select(up => (string)up["environment"]!).ToList();
        var urls = ups.Select(up => (string)up["url"]!).ToList();
        Assert.All(keys, key => Assert.Matches("^shop/ann-n-code-feature-[a-z0-9-]*-[a-z2-7]{6}$", key));
        Assert.All(keys, key => Assert.InRange(key.Length - "shop/".Length, 1, InstanceName.Limit));
        Assert.All(urls, url => Assert.Matches(@"^http://[a-z0-9-]{1,63}\.localhost:", url));
        Assert.Equal((2, 2), (keys.Distinct().Count(), urls.Distinct().Count()));
        foreach (var (url, at) in urls.Select((url, at) => (url, at))) Assert.Equal($"branch {at + 1}", await _browser.GetStringAsync(url, Ct));
        var listed = (await _cluster.JsonAsync(_cluster.Home, "ls"))["environments"]!.AsArray();
        Assert.Equal(keys.Order(), listed.Select(line => (string)line!["environment"]!).Order());
        Assert.Equal(urls.Order(), listed.Select(line => (string)line!["url"]!).Order());

        // In its folder no name has to be given, and from elsewhere the listed one is enough.
        Assert.Equal("clean", (string?)(await _cluster.JsonAsync(Path.Combine(_cluster.Home, "shop-1"), "down", "--timeout", "5m"))["verdict"]);
        Assert.Equal("branch 2", await _browser.GetStringAsync(urls[1], Ct));
        Assert.Equal("clean", (string?)(await _cluster.JsonAsync(_cluster.Home, "down", keys[1], "--timeout", "5m"))["verdict"]);
        foreach (var url in urls) await IsGoneAsync(url);
        Assert.All(await _cluster.DexObjectsAsync(), left => Assert.StartsWith("ConfigMap/dex-env-", left));
    }

    [Theory]
    [InlineData(Isolation.Namespace)]
    [InlineData(Isolation.Prefix)]
    public async Task An_address_stays_the_same_over_pushes_and_when_the_environment_is_made_anew(Isolation isolation)
    {
        var url = await UpAsync("first push");
        Assert.Equal(url, await UpAsync("second push"));
        Assert.Equal("clean", (string?)(await _cluster.JsonAsync(_cluster.Home, "down", "shop/pr-7", "--timeout", "5m"))["verdict"]);
        await IsGoneAsync(url);
        Assert.Equal(url, await UpAsync("made anew"));

        async Task<string> UpAsync(string says)
        {
            var up = await _cluster.JsonAsync(App(isolation, says), "up", "--name", "pr-7", "--timeout", "5m");
            var address = (string)up["url"]!;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            limit.CancelAfter(TimeSpan.FromMinutes(3));
            // The pod of the push before may have the last word.
            for (var answer = ""; answer != $"branch {says}"; answer = await _browser.GetStringAsync(address, limit.Token)) await Task.Delay(10, limit.Token);
            return address;
        }
    }

    string App(Isolation isolation, string says, params (string, string)[] files) => _cluster.App(says.Length == 1 ? $"shop-{says}" : "shop", $$"""
        dex: 1
        name: shop
        isolation: {{isolation.ToString().ToLowerInvariant()}}
        services:
          web: { image: "{{_cluster.ServerImage()}}", port: 8080, replicas: 1, route: {}, env: { NAME: "branch {{says}}" } }
        """, files);

    /// <summary>Nothing listens there, or whatever does has nothing to give.</summary>
    async Task IsGoneAsync(string url)
    {
        try
        {
            using var answer = await _browser.GetAsync(url, Ct);
            Assert.InRange((int)answer.StatusCode, 400, 599);
        }
        catch (HttpRequestException)
        {
            // Refused.
        }
    }
}
