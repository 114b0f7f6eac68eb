using System.Diagnostics;
using System.Globalization;
using Dex.LocalCluster;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.EndToEnd;

/// <summary>
/// Kills <c>dex up</c> and <c>dex down</c> with SIGKILL at any of their requests to the API: whatever is left then, a last <c>dex down</c>
/// takes away. <c>DEX_KILL_ROUNDS</c> and <c>DEX_KILL_SEED</c> run more and others than the suite does.
/// </summary>
public sealed class KillAnywhereTests : IAsyncLifetime
{
    const string App = """
        { apiVersion: v1, kind: ConfigMap, metadata: { name: settings }, data: { a: b } }
        ---
        { apiVersion: v1, kind: Secret, metadata: { name: keys }, stringData: { a: b } }
        ---
        { apiVersion: v1, kind: Service, metadata: { name: web }, spec: { selector: { app: web }, ports: [{ port: 80 }] } }
        ---
        { apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: { name: kill-reader }, rules: [] }
        ---
        apiVersion: batch/v1
        kind: CronJob
        metadata: { name: tick }
        spec: { schedule: "0 0 1 1 *", jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: c, image: "web:1" }] } } } } }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec: { replicas: 0, selector: { matchLabels: { app: web } }, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1" }] } } }
        """;

    readonly DexBinary _dex = new();
    Cluster _cluster = null!;
    KillingProxy _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await Cluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, TestContext.Current.CancellationToken);
        _proxy = await KillingProxy.StartAsync(_cluster);
        Write("dex.yaml", "dex: 1\nname: kill\ncluster: shared\nmanifests: [app.yaml]\nclusters:\n  shared: {context: shared}\n");
        Write("app.yaml", App);
        Write("config", $$"""
            clusters: [{name: c, cluster: {server: "{{_proxy.Address}}"} }]
            users: [{name: u, user: {token: "{{_cluster.AdminToken}}"} }]
            contexts: [{name: shared, context: {cluster: c, user: u} }]
            """);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _cluster.DisposeAsync();
        await _dex.DisposeAsync();
    }

    [Fact]
    public async Task Wherever_up_and_down_are_killed_the_last_down_leaves_nothing()
    {
        var rounds = Number("DEX_KILL_ROUNDS", 20);
        var seed = Number("DEX_KILL_SEED", 1);
        var random = new Random(seed);
        var up = await CountAsync("up", "--name", "one");
        var down = await CountAsync("down", "--name", "one");
        for (var round = 0; round < rounds; round++)
        {
            var (dies, arrives) = (random.Next(1, up + 1), random.Next(2) == 0);
            var where = $"seed {seed}, round {round}: up dies at {dies} of {up}{(arrives ? " after it arrived" : "")}";
            await KillAsync(dies, arrives, "up", "--name", "one");
            if (random.Next(3) == 0) await OkAsync(where, "up", "--name", "one");
            (dies, arrives) = (random.Next(1, down + 1), random.Next(2) == 0);
            where += $", down at {dies} of {down}{(arrives ? " after it arrived" : "")}";
            await KillAsync(dies, arrives, "down", "--name", "one");
            await OkAsync(where, "down", "--name", "one");
            Assert.True(Left().Count == 0, $"{where}: left are {string.Join(", ", Left())}");
        }

        TestContext.Current.SendDiagnosticMessage("{0} rounds with seed {1}: {2} requests of up, {3} of down", rounds, seed, up, down);
    }

    async Task<int> CountAsync(params string[] args)
    {
        await OkAsync("without a kill", args);
        return _proxy.Requests;
    }

    async Task OkAsync(string where, params string[] args)
    {
        _proxy.Expect(0, arrives: false);
        using var process = Start(args);
        var run = await DexBinary.EndAsync(process);
        Assert.True(run.ExitCode == 0, $"{where}: dex {string.Join(' ', args)} exited with {run.ExitCode}\n{run.Output}\n{run.Error}");
    }

    async Task KillAsync(int at, bool arrives, params string[] args)
    {
        Process? process = null;
        _proxy.Kill = () => process?.Kill();
        _proxy.Expect(at, arrives);
        process = Start(args);
        using (process) await DexBinary.EndAsync(process);
        _proxy.Kill = () => { };
    }

    Process Start(string[] args) => _dex.StartWith("KUBECONFIG", Path.Combine(_dex.Folder, "config"), _dex.Folder, args);

    /// <summary>Everything of the app that is in the cluster, but for the record that tells of it.</summary>
    List<string> Left() =>
    [
        .. _cluster.Registry.Resources.DistinctBy(resource => resource.Key).SelectMany(resource => _cluster.Registry.List(resource.Key))
            .Where(obj => obj.Labels.GetValueOrDefault("dex.dev/app") == "kill" || obj.Key.Name.StartsWith("kill-", StringComparison.Ordinal) || obj.Key.Resource.StartsWith("leases", StringComparison.Ordinal))
            .Where(obj => obj.Key.Namespace != "dex-system" || !obj.Key.Resource.StartsWith("configmaps", StringComparison.Ordinal))
            .Where(obj => obj.Key.Namespace != "kube-node-lease" && obj.Key.Namespace != "kube-system")
            .Select(obj => obj.Key.ToString()),
    ];

    void Write(string file, string text) => File.WriteAllText(Path.Combine(_dex.Folder, file), text);

    static int Number(string variable, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : usual;
}
