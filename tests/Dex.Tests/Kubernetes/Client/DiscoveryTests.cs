using Dex.Kubernetes.Model;
using Microsoft.AspNetCore.Http;

namespace Dex.Tests.Kubernetes.Client;

public sealed class DiscoveryTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("discovery-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Older_servers_are_read_by_their_own_documents_and_a_broken_group_is_named()
    {
        await using var server = await new ScriptedServer(Legacy).StartAsync();
        using var client = server.Client();
        var all = await client.Discovery.GetAsync(default);
        Assert.Equal(["pods", "widgets.example.com"], all.Resources.Select(r => r.Id.Key));
        Assert.Equal(["metrics.k8s.io/v1beta1"], all.Unavailable);
    }

    [Fact]
    public async Task An_aggregated_document_names_groups_whose_server_is_away()
    {
        await using var server = await new ScriptedServer(context => ScriptedServer.Json(context.Request.Path == "/api"
            ? """{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[]}"""
            : """
            {"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[
             {"metadata":{"name":"example.com"},"versions":[{"version":"v1","freshness":"Current","resources":[
               {"resource":"widgets","responseKind":{"group":"example.com","version":"v1","kind":"Widget"},"scope":"Cluster","verbs":["list"]}]}]},
             {"metadata":{"name":"metrics.k8s.io"},"versions":[{"version":"v1beta1","freshness":"Stale","resources":[]}]}]}
            """)(context)).StartAsync();
        using var client = server.Client();
        var all = await client.Discovery.GetAsync(default);
        Assert.Equal(new ResourceId("example.com", "v1", "widgets", "Widget", Namespaced: false), Assert.Single(all.Resources).Id);
        Assert.Equal(["metrics.k8s.io/v1beta1"], all.Unavailable);
    }

    [Fact]
    public async Task A_kept_discovery_serves_the_next_process_until_it_is_old_or_lacks_a_kind()
    {
        await using var server = await new ScriptedServer(Legacy).StartAsync();
        async Task<int> RequestsOf(GroupVersionKind kind, TimeSpan lifetime)
        {
            var before = server.Requests.Count;
            using var client = server.Client(new() { DiscoveryFolder = _folder, DiscoveryLifetime = lifetime, Backoff = TimeSpan.FromMilliseconds(1) });
            await client.Discovery.FindAsync(kind, default);
            return server.Requests.Count - before;
        }

        var widget = new GroupVersionKind("example.com", "v1", "Widget");
        Assert.NotEqual(0, await RequestsOf(widget, TimeSpan.FromHours(1)));
        Assert.Equal(0, await RequestsOf(widget, TimeSpan.FromHours(1)));
        Assert.NotEqual(0, await RequestsOf(widget with { Kind = "Gadget" }, TimeSpan.FromHours(1)));
        Assert.NotEqual(0, await RequestsOf(widget, TimeSpan.Zero));
        File.WriteAllText(Directory.GetFiles(_folder).Single(), "{ half");
        Assert.NotEqual(0, await RequestsOf(widget, TimeSpan.FromHours(1)));
    }

    static Task Legacy(HttpContext context) => (context.Request.Path.Value switch
    {
        "/api" => ScriptedServer.Json("""{"kind":"APIVersions","versions":["v1"]}"""),
        "/apis" => ScriptedServer.Json("""
            {"kind":"APIGroupList","groups":[
             {"name":"example.com","versions":[{"groupVersion":"example.com/v1"}],"preferredVersion":{"groupVersion":"example.com/v1"}},
             {"name":"metrics.k8s.io","versions":[{"groupVersion":"metrics.k8s.io/v1beta1"}],"preferredVersion":{"groupVersion":"metrics.k8s.io/v1beta1"}}]}
            """),
        "/api/v1" => ScriptedServer.Json("""{"kind":"APIResourceList","resources":[{"name":"pods","kind":"Pod","namespaced":true,"verbs":["get"]},{"name":"pods/log","kind":"Pod","namespaced":true,"verbs":["get"]}]}"""),
        "/apis/example.com/v1" => ScriptedServer.Json("""{"kind":"APIResourceList","resources":[{"name":"widgets","kind":"Widget","namespaced":true,"verbs":["get"]}]}"""),
        _ => ScriptedServer.Status(503, "ServiceUnavailable"),
    })(context);
}
