using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.LocalCluster;

namespace Dex.Tests.Kubernetes.Client;

/// <summary>One cluster for the tests of the client and of the apply engine; each test works in namespaces of its own.</summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    static int _counter;

    public Dex.LocalCluster.LocalCluster Cluster { get; private set; } = null!;

    public KubeClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await Dex.LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, default);
        Client = new(Connection);
    }

    public KubeConnection Connection => KubeConnection.WithToken(Cluster.Server, Cluster.CaCertificatePem, Cluster.AdminToken);

    public async Task<string> NamespaceAsync()
    {
        var name = $"test-{Interlocked.Increment(ref _counter)}";
        await Client.CreateAsync(KnownResources.Get("v1", "Namespace"), null, new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Namespace",
            ["metadata"] = new JsonObject { ["name"] = name },
        }, default);
        return name;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Cluster.DisposeAsync();
    }
}

public sealed class KubeClientTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");
    readonly KubeClient _client = fixture.Client;

    [Fact]
    public async Task An_object_is_created_read_patched_replaced_and_deleted()
    {
        var ns = await fixture.NamespaceAsync();
        var created = await _client.CreateAsync(ConfigMaps, ns, ConfigMap(ns, "a", "1"), default);
        var patched = await _client.PatchAsync(ConfigMaps, ns, "a", PatchKind.Merge, new JsonObject { ["data"] = new JsonObject { ["k"] = "2" } }, default);
        patched["data"]!["k"] = "3";
        await _client.ReplaceAsync(ConfigMaps, patched, default);

        var stale = await Assert.ThrowsAsync<KubeApiException>(() => _client.ReplaceAsync(ConfigMaps, created, default));
        Assert.True(stale.IsConflict);
        Assert.Equal("3", (await _client.GetAsync(ConfigMaps, ns, "a", default))!.Text("data", "k"));

        var other = await Assert.ThrowsAsync<KubeApiException>(() => _client.DeleteAsync(ConfigMaps, ns, "a", new() { Uid = "someone-else" }, default));
        Assert.True(other.IsConflict);
        Assert.Null(await _client.DeleteAsync(ConfigMaps, ns, "a", new() { Uid = created.Uid() }, default));
        Assert.Null(await _client.GetAsync(ConfigMaps, ns, "a", default));
        Assert.Null(await _client.DeleteAsync(ConfigMaps, ns, "a", default));
    }

    [Fact]
    public async Task An_apply_conflict_names_the_other_manager_and_the_field()
    {
        var ns = await fixture.NamespaceAsync();
        await _client.ApplyAsync(ConfigMaps, ConfigMap(ns, "a", "1"), new() { FieldManager = "other" }, default);
        var conflict = await Assert.ThrowsAsync<KubeApiException>(() => _client.ApplyAsync(ConfigMaps, ConfigMap(ns, "a", "2"), default));
        Assert.True(conflict.IsConflict);
        var cause = Assert.Single(conflict.Status.Causes);
        Assert.Equal(("FieldManagerConflict", ".data.k"), (cause.Reason, cause.Field));
        Assert.Contains("other", cause.Message, StringComparison.Ordinal);

        var forced = await _client.ApplyAsync(ConfigMaps, ConfigMap(ns, "a", "2"), new() { Force = true }, default);
        Assert.Equal("2", forced.Text("data", "k"));
    }

    [Fact]
    public async Task A_list_reads_all_pages_and_gives_every_item_its_type()
    {
        var ns = await fixture.NamespaceAsync();
        foreach (var i in Enumerable.Range(0, 7))
        {
            await _client.CreateAsync(ConfigMaps, ns, ConfigMap(ns, $"page-{i}", "x", "paged"), default);
        }

        var list = await _client.ListAsync(ConfigMaps, ns, new() { PageSize = 3, Labels = "group=paged" }, default);
        Assert.Equal(7, list.Items.Select(i => i.Name()).Distinct(StringComparer.Ordinal).Count());
        Assert.All(list.Items, item => Assert.Equal(("v1", "ConfigMap"), (item.ApiVersion(), item.Kind())));

        var metadata = await _client.ListAsync(ConfigMaps, ns, new() { MetadataOnly = true, Labels = "group=paged" }, default);
        Assert.All(metadata.Items, item => Assert.Null(item["data"]));
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        var ns = await fixture.NamespaceAsync();
        var preview = await _client.ApplyAsync(ConfigMaps, ConfigMap(ns, "a", "1"), new() { DryRun = true }, default);
        Assert.Equal("1", preview.Text("data", "k"));
        Assert.Null(await _client.GetAsync(ConfigMaps, ns, "a", default));
    }

    [Fact]
    public async Task A_watch_reports_what_is_there_then_changes()
    {
        var ns = await fixture.NamespaceAsync();
        await _client.CreateAsync(ConfigMaps, ns, ConfigMap(ns, "a", "1", "watched"), default);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        var seen = new List<string>();
        await foreach (var change in _client.WatchAsync(ConfigMaps, ns, new() { Labels = "group=watched" }, deadline.Token))
        {
            seen.Add($"{change.Type} {change.Object.Name()}".Trim());
            if (change.Type == WatchEventType.Synced)
            {
                await _client.CreateAsync(ConfigMaps, ns, ConfigMap(ns, "b", "1", "watched"), default);
                await _client.PatchAsync(ConfigMaps, ns, "b", PatchKind.Merge, new JsonObject { ["data"] = new JsonObject { ["k"] = "2" } }, default);
                await _client.DeleteAsync(ConfigMaps, ns, "a", default);
            }

            if (seen.Count == 5)
            {
                break;
            }
        }

        Assert.Equal(["Added a", "Synced", "Added b", "Modified b", "Deleted a"], seen);
    }

    [Fact]
    public async Task Well_known_kinds_need_no_discovery_and_others_are_discovered()
    {
        Assert.Equal("deployments", (await _client.ResolveAsync(new("apps", "v1", "Deployment"), default)).Plural);
        var all = await _client.Discovery.RefreshAsync(default);
        Assert.Contains(all.Resources, r => r.Id.Key == "pods" && r.Verbs.Contains("watch"));
        Assert.Empty(all.Unavailable);
        var unknown = await Assert.ThrowsAsync<Dex.Yaml.DiagnosticException>(() => _client.ResolveAsync(new("example.com", "v1", "Widget"), default).AsTask());
        Assert.Equal("DEX3015", unknown.Diagnostics[0].Code);
    }

    [Fact]
    public async Task A_wrong_token_and_an_unknown_authority_are_told_apart()
    {
        using var stranger = new KubeClient(fixture.Connection with { Credential = Credential.Token("wrong") });
        var refused = await Assert.ThrowsAsync<KubeApiException>(() => stranger.ListAsync(ConfigMaps, "default", Selection.All, default));
        Assert.True(refused.IsUnauthorized);
        Assert.Equal("DEX3012", refused.Diagnostics[0].Code);

        using var distrustful = new KubeClient(fixture.Connection with { Authorities = [] });
        var untrusted = await Assert.ThrowsAsync<KubeConnectionException>(() => distrustful.GetRawAsync("/version", default));
        Assert.Equal(ConnectionFailure.Tls, untrusted.Failure);

        using var nobody = new KubeClient(new(new("https://127.0.0.1:1")), new() { Backoff = TimeSpan.FromMilliseconds(1) });
        var unreachable = await Assert.ThrowsAsync<KubeConnectionException>(() => nobody.GetRawAsync("/version", default));
        Assert.Equal(ConnectionFailure.Unreachable, unreachable.Failure);
    }

    [Fact]
    public async Task The_name_in_the_certificate_may_differ_from_the_address()
    {
        using var named = new KubeClient(fixture.Connection with { TlsServerName = "localhost" });
        Assert.NotEmpty((await named.GetRawAsync("/version", default)).Text("gitVersion")!);
        using var wrong = new KubeClient(fixture.Connection with { TlsServerName = "elsewhere.example" });
        var error = await Assert.ThrowsAsync<KubeConnectionException>(() => wrong.GetRawAsync("/version", default));
        Assert.Equal(ConnectionFailure.Tls, error.Failure);
    }

    [Fact]
    public async Task A_written_kubeconfig_reaches_the_cluster()
    {
        var folder = Directory.CreateTempSubdirectory("kubeconfig-").FullName;
        try
        {
            var file = Path.Combine(folder, "config");
            fixture.Cluster.WriteKubeConfig(file);
            var host = new Dex.Kubernetes.KubeConfig.KubeConfigHost { Environment = new Dictionary<string, string>(), HomeDirectory = folder, CurrentDirectory = folder };
            using var fromFile = new KubeClient(Dex.Kubernetes.KubeConfig.KubeConfigFile.Load([file], host).Connect("dex-local"));
            Assert.NotEmpty((await fromFile.ListAsync(KnownResources.Get("v1", "Namespace"), null, Selection.All, default)).Items);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static JsonObject ConfigMap(string ns, string name, string value, string group = "none") => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns, ["labels"] = new JsonObject { ["group"] = group } },
        ["data"] = new JsonObject { ["k"] = value },
    };
}
