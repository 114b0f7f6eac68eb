using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Kubernetes.Client;

public sealed class WatchTests : IDisposable
{
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");
    readonly SemaphoreSlim _read = new(0);

    public void Dispose() => _read.Dispose();

    [Fact]
    public async Task A_closed_and_a_broken_watch_resume_where_they_were()
    {
        await using var server = await new ScriptedServer(
            List(10, Item("a", 9)),
            ScriptedServer.Lines(Event("MODIFIED", "a", 11), Event("BOOKMARK", "", 15)),
            ScriptedServer.Broken(_read, Event("ADDED", "b", 16) + "\n"),
            ScriptedServer.Lines(Event("DELETED", "a", 17))).StartAsync();
        Assert.Equal(["Added a", "Synced", "Modified a", "Added b", "Deleted a"], await TakeAsync(server, 5));
        Assert.Equal(["10", "15", "16"], server.Requests.Skip(1).Take(3).Select(RevisionOf));
    }

    [Fact]
    public async Task A_forgotten_revision_is_listed_again_and_only_differences_are_told()
    {
        await using var server = await new ScriptedServer(
            List(10, Item("a", 9), Item("b", 9), Item("c", 9)),
            ScriptedServer.Lines("""{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old resource version"}}"""),
            List(50, Item("a", 9), Item("c", 40), Item("d", 41)),
            ScriptedServer.Lines(Event("ADDED", "e", 51)),
            ScriptedServer.Status(410, "Expired"),
            List(60, Item("a", 9), Item("c", 40), Item("d", 41), Item("e", 51)),
            ScriptedServer.Lines(Event("MODIFIED", "e", 61))).StartAsync();
        Assert.Equal(
            ["Added a", "Added b", "Added c", "Synced", "Deleted b", "Modified c", "Added d", "Added e", "Modified e"],
            await TakeAsync(server, 9));
    }

    [Fact]
    public async Task A_server_that_is_away_for_a_moment_does_not_end_a_watch()
    {
        var away = Enumerable.Repeat(ScriptedServer.Status(500, "InternalError"), 3);
        Func<Microsoft.AspNetCore.Http.HttpContext, Task>[] script = [
            List(10, Item("a", 9)), .. away,
            ScriptedServer.Lines("""{"type":"ERROR","object":{"kind":"Status","code":410}}"""), .. away,
            List(20, Item("a", 19)),
            ScriptedServer.Lines(Event("DELETED", "a", 21))];
        await using var server = await new ScriptedServer(script).StartAsync();
        Assert.Equal(["Added a", "Synced", "Modified a", "Deleted a"], await TakeAsync(server, 4));
    }

    [Fact]
    public async Task A_refused_watch_is_an_error_of_the_caller()
    {
        await using var server = await new ScriptedServer(List(10), ScriptedServer.Status(403, "Forbidden")).StartAsync();
        var error = await Assert.ThrowsAsync<KubeApiException>(() => TakeAsync(server, 2));
        Assert.True(error.IsForbidden);
    }

    [Fact]
    public async Task Half_a_line_before_a_break_is_no_event()
    {
        await using var server = await new ScriptedServer(
            List(10),
            ScriptedServer.Broken(_read, Event("ADDED", "a", 11) + "\n" + """{"type":"ADDED","object":{"kind"""),
            ScriptedServer.Lines(Event("ADDED", "b", 12))).StartAsync();
        Assert.Equal(["Synced", "Added a", "Added b"], await TakeAsync(server, 3));
        Assert.Equal("11", RevisionOf(server.Requests.ElementAt(2)));
    }

    [Fact]
    public async Task An_expired_page_begins_the_list_anew()
    {
        await using var server = await new ScriptedServer(
            ScriptedServer.Json("""{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1","continue":"next"},"items":[{"metadata":{"name":"gone"}}]}"""),
            ScriptedServer.Status(410, "Expired"),
            List(2, Item("a", 2))).StartAsync();
        using var client = server.Client();
        var list = await client.ListAsync(ConfigMaps, "n", Selection.All, default);
        Assert.Equal(("a", "2"), (Assert.Single(list.Items).Name(), list.ResourceVersion));
    }

    async Task<List<string>> TakeAsync(ScriptedServer server, int count)
    {
        using var client = server.Client();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var seen = new List<string>();
        await foreach (var change in client.WatchAsync(ConfigMaps, "n", Selection.All, deadline.Token))
        {
            seen.Add($"{change.Type} {change.Object.Name()}".Trim());
            _read.Release();
            if (seen.Count == count)
            {
                break;
            }
        }

        return seen;
    }

    static string RevisionOf(string request) => System.Web.HttpUtility.ParseQueryString(request[request.IndexOf('?')..])["resourceVersion"]!;

    static Func<Microsoft.AspNetCore.Http.HttpContext, Task> List(int revision, params string[] items) =>
        ScriptedServer.Json($$"""{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"{{revision}}"},"items":[{{string.Join(',', items)}}]}""");

    static string Item(string name, int revision) => $$"""{"metadata":{"name":"{{name}}","namespace":"n","uid":"uid-{{name}}","resourceVersion":"{{revision}}"} }""";

    static string Event(string type, string name, int revision) => $$"""{"type":"{{type}}","object":{{Item(name, revision)}} }""";
}
