using System.Text.Json.Nodes;

namespace Dex.Tests.LocalCluster.Api.Wire;

public sealed class WatchTests : WireTest
{
    [Fact]
    public async Task The_answer_begins_before_anything_happens()
    {
        using var response = await OpenAsync("watch=1&resourceVersion=" + Cluster.Registry.Revision);

        Assert.True(response.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("watch=True")]
    [InlineData("watch=1")]
    public async Task Every_spelling_of_true_watches(string query)
    {
        await CreateAsync("a");

        var events = await ReadAsync($"{query}&fieldSelector=metadata.name%3Da&timeoutSeconds=1");

        Assert.Equal(["ADDED"], events.Select(Type));
    }

    [Fact]
    public async Task The_old_watch_path_still_works()
    {
        await CreateAsync("a");

        using var response = await Client.GetAsync(new Uri("/api/v1/watch/namespaces/default/configmaps/a?timeoutSeconds=1", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Ct);

        Assert.Contains("\"ADDED\"", await response.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task A_watch_list_ends_its_initial_events_with_an_annotated_bookmark()
    {
        await CreateAsync("a");

        var events = await ReadAsync("watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1");

        var end = events.Last(e => Type(e) == "BOOKMARK");
        Assert.Equal("true", (string?)end["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]);
    }

    [Fact]
    public async Task A_revision_that_has_left_the_window_is_expired()
    {
        await CreateAsync("a");
        for (var i = 0; i < 10_050; i++)
            await Cluster.Registry.UpdateAsync(new("configmaps", "default", "a"), body => Set(body, i), "", Ct);

        var events = await ReadAsync("watch=1&resourceVersion=3&timeoutSeconds=1");

        var error = Assert.Single(events);
        Assert.Equal(("ERROR", 410), (Type(error), (int)error["object"]!["code"]!));
        Assert.StartsWith("too old resource version: 3 (", (string?)error["object"]!["message"]);
    }

    [Fact]
    public async Task Who_stops_matching_is_told_with_the_state_that_last_matched_and_the_new_revision()
    {
        await CreateAsync("a", ""","labels":{"x":"1"}""");
        var revision = Cluster.Registry.Revision;
        await SendAsync("PATCH", $"{ConfigMaps}/a", """{"metadata":{"labels":{"x":null}}}""", Merge);

        var gone = Assert.Single(await ReadAsync($"watch=1&labelSelector=x&resourceVersion={revision}&timeoutSeconds=1"));

        Assert.Equal("DELETED", Type(gone));
        Assert.Equal("1", (string?)gone["object"]!["metadata"]!["labels"]!["x"]);
        Assert.Equal(Cluster.Registry.Revision.ToString(), (string?)gone["object"]!["metadata"]!["resourceVersion"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("&resourceVersion=0")]
    public async Task Without_a_revision_what_exists_comes_first(string query)
    {
        await CreateAsync("a");
        await CreateAsync("b");

        var events = await ReadAsync($"watch=1&fieldSelector=metadata.name!=kube-root-ca.crt&timeoutSeconds=1{query}");

        Assert.Equal(["ADDED a", "ADDED b"], events.Select(e => $"{Type(e)} {e["object"]!["metadata"]!["name"]}"));
    }

    [Fact]
    public async Task From_a_revision_every_change_is_told_once_what_changes_nothing_is_not_and_a_bookmark_ends_it()
    {
        var revision = (await CreateAsync("a")).Revision;
        await SendAsync("PATCH", $"{ConfigMaps}/a", """{"data":{"k":"w"}}""", Merge);
        await SendAsync("PATCH", $"{ConfigMaps}/a", """{"data":{"k":"w"}}""", Merge);
        await SendAsync("DELETE", $"{ConfigMaps}/a");
        var last = Cluster.Registry.Revision;

        var events = await ReadAsync($"watch=1&fieldSelector=metadata.name=a&resourceVersion={revision}&allowWatchBookmarks=true&timeoutSeconds=1");

        Assert.Equal(["MODIFIED", "DELETED", "BOOKMARK"], events.Select(Type));
        Assert.Equal((last.ToString(), "w"), ((string?)events[1]["object"]!["metadata"]!["resourceVersion"], (string?)events[1]["object"]!["data"]!["k"]));
        Assert.True(long.Parse((string)events[2]["object"]!["metadata"]!["resourceVersion"]!) >= last);
        Assert.Null(events[2]["object"]!["metadata"]!["name"]);
    }

    [Fact]
    public async Task A_watched_table_names_its_columns_once()
    {
        await CreateAsync("a");
        await CreateAsync("b");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{ConfigMaps}?watch=1&fieldSelector=metadata.name!=kube-root-ca.crt&timeoutSeconds=1");
        request.Headers.TryAddWithoutValidation("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
        using var response = await Client.SendAsync(request, Ct);
        var tables = (await response.Content.ReadAsStringAsync(Ct)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!["object"]!.AsObject()).ToList();

        Assert.Equal([true, false], tables.Select(t => t["columnDefinitions"] is not null));
        Assert.All(tables, t => Assert.Single(t["rows"]!.AsArray()));
    }

    [Fact]
    public async Task Large_lists_are_compressed_for_who_asks_and_watches_never()
    {
        await SendAsync("POST", ConfigMaps, $$$"""{"metadata":{"name":"large"},"data":{"k":"{{{new string('x', 200_000)}}}"}}""");

        var list = await SendAsync("GET", ConfigMaps, headers: ("Accept-Encoding", "gzip"));
        var watch = await SendAsync("GET", $"{ConfigMaps}?watch=1&timeoutSeconds=1", headers: ("Accept-Encoding", "gzip"));
        var plain = await SendAsync("GET", ConfigMaps);

        Assert.Equal("gzip", list.Headers["Content-Encoding"]);
        Assert.All([watch, plain], a => Assert.False(a.Headers.ContainsKey("Content-Encoding")));
        Assert.Contains("xxx", watch.Text);
    }

    static bool Set(JsonObject body, int i)
    {
        body["data"]!["k"] = i.ToString();
        return true;
    }

    static string Type(JsonObject e) => (string)e["type"]!;

    Task<HttpResponseMessage> OpenAsync(string query) => Client.GetAsync(new Uri($"{ConfigMaps}?{query}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Ct);

    async Task<List<JsonObject>> ReadAsync(string query)
    {
        using var response = await OpenAsync(query);
        var text = await response.Content.ReadAsStringAsync(Ct);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!.AsObject())];
    }
}
