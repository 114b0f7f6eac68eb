using System.Diagnostics;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.LocalCluster;
using Dex.Tests.Apply;

namespace Dex.EndToEnd;

/// <summary><c>dex deploy</c> killed with SIGKILL at each of its phases, by what it is just asking the cluster for: the next run converges.</summary>
public sealed class KilledDeployTests : IAsyncLifetime
{
    const string Record = "/configmaps/dex-env-";
    static readonly ResourceId Maps = KnownResources.Get("v1", "ConfigMap");
    readonly DexBinary _dex = new();
    Dex.LocalCluster.LocalCluster _cluster = null!;
    FaultyServer _proxy = null!;
    KubeClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await Dex.LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, default);
        _proxy = await FaultyServer.StartAsync(_cluster);
        _client = new(KubeConnection.WithToken(_cluster.Server, _cluster.CaCertificatePem, _cluster.AdminToken));
        Directory.CreateDirectory(Path.Combine(_dex.Folder, "k8s"));
        Write("kubeconfig", $$"""
            clusters: [{name: c, cluster: {server: "{{_proxy.Address}}"} }]
            users: [{name: u, user: {token: "{{_cluster.AdminToken}}"} }]
            contexts: [{name: shared, context: {cluster: c, user: u} }]
            """);
        Write("dex.yaml", """
            name: shop
            manifests: [k8s/*.yaml]
            clusters: { shared: { context: shared } }
            environments: { prod: { cluster: shared } }
            """);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync();
        await _cluster.DisposeAsync();
        await _dex.DisposeAsync();
    }

    [Fact]
    public async Task Killed_at_each_of_its_phases_it_is_finished_by_the_next_run()
    {
        // The method, a part of the path, and which of these requests.
        (string Phase, string Method, string Path, int Nth)[] phases =
        [
            ("look", "GET", Record, 2),
            ("list", "GET", "/configmaps?", 1),
            ("lock", "POST", "/leases", 1),
            ("announce", "PUT", Record, 1),
            ("apply first", "PATCH", "/configmaps/", 1),
            ("apply some", "PATCH", "/configmaps/", 5),
            ("apply last", "PATCH", "/deployments/", 1),
            ("prune", "DELETE", "/configmaps/", 1),
            ("account", "PUT", Record, 2),
            ("wait", "GET", "/deployments?", 1),
            ("remember", "POST", "/configmaps", 1),
            ("count", "PUT", Record, 3),
            ("unlock", "DELETE", "/leases/", 1),
        ];
        Version(0);
        await ConvergesAsync("first", 0);
        var version = 0;
        foreach (var (phase, method, path, nth) in phases)
        {
            foreach (var done in new[] { false, true })
            {
                var what = $"killed at `{phase}`, the request {(done ? "done" : "not arrived")}";
                Version(++version);
                Assert.True(await KilledAsync(method, path, nth, done), $"not {what}");
                await ConvergesAsync(what, version);
            }
        }

        Version(++version);
        await ConvergesAsync("undisturbed", version);
        Assert.Empty((await _client.ListAsync(KnownResources.Get("coordination.k8s.io/v1", "Lease"), "dex-system", Selection.All, default)).Items);
        using var diff = Start("diff", "prod");
        var difference = await DexBinary.EndAsync(diff);
        Assert.True(difference.ExitCode == 0, difference.Output + difference.Error);
    }

    /// <summary>Runs a deploy and kills it at a request; false when it ended before.</summary>
    async Task<bool> KilledAsync(string method, string path, int nth, bool done)
    {
        var count = 0;
        var chosen = 0;
        var killed = false;
        using var process = Start("deploy", "prod");
        _proxy.Decide = (m, p, number) =>
        {
            if (m == method && p.Contains(path) && Interlocked.Increment(ref count) == nth) Volatile.Write(ref chosen, number);
            return killed || (chosen == number && !done && Kill()) ? Fault.ResetBefore : Fault.None;
        };
        _proxy.AnsweredAsync = (_, _, number) =>
        {
            if (done && Volatile.Read(ref chosen) == number) Kill();
            return Task.CompletedTask;
        };
        await DexBinary.EndAsync(process);
        _proxy.Decide = (_, _, _) => Fault.None;
        _proxy.AnsweredAsync = (_, _, _) => Task.CompletedTask;
        return killed;

        bool Kill()
        {
            process.Kill();
            return killed = true;
        }
    }

    async Task ConvergesAsync(string what, int version)
    {
        using var process = Start("deploy", "prod");
        var run = await DexBinary.EndAsync(process);
        Assert.True(run.ExitCode == 0, $"{what}: exit code {run.ExitCode}\n{run.Error}");
        var maps = await _client.ListAsync(Maps, null, new Selection { Labels = "dex.dev/app=shop,dex.dev/incarnation" }, default);
        var expected = Enumerable.Range(0, 8).Select(i => $"map-{version + i}={version}");
        Assert.Equal(expected.Order(), maps.Items.Where(map => map.Name().StartsWith("map-")).Select(map => $"{map.Name()}={map.Text("data", "version")}").Order());
        var record = Assert.Single((await _client.ListAsync(Maps, "dex-system", new Selection { Labels = "dex.dev/app=shop" }, default)).Items, map => map.Text("data", "schema") is not null);
        Assert.Null(record.Text("data", "pending"));
        var revision = await _client.GetAsync(Maps, "dex-system", $"{record.Name()}-r{record.Text("data", "revision")}", default);
        Assert.Equal("true", revision?.Text("data", "succeeded"));
    }

    /// <summary>Eight maps of which each version takes the first away, adds one at the end and changes the rest.</summary>
    void Version(int version)
    {
        var maps = Enumerable.Range(0, 8).Select(i => $$"""
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: map-{{version + i}} }
            data: { version: "{{version}}" }

            """);
        Write("k8s/all.yaml", string.Join("---\n", maps) + $$"""
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: web }
            spec:
              replicas: 0
              selector: { matchLabels: { app: web } }
              template:
                metadata: { labels: { app: web } }
                spec: { containers: [{ name: web, image: "web:{{version}}" }] }
            """);
    }

    Process Start(params string[] args) => _dex.StartWith("KUBECONFIG", Path.Combine(_dex.Folder, "kubeconfig"), _dex.Folder, args);

    void Write(string name, string text) => File.WriteAllText(Path.Combine(_dex.Folder, name), text);
}
