using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Dex.LocalCluster;

namespace Dex.Bench.LocalApi;

/// <summary>The embedded API server over HTTPS, beside what was recorded of kube-apiserver 1.32 on one machine.</summary>
internal sealed class ClusterBenchmark : IBenchmark
{
    const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    public string Name => "cluster";

    public string Description => "create, watch, fan-out, list and delete over HTTPS, in memory and durable (argument: data folder)";

    public async Task RunAsync(string[] args)
    {
        var folder = args.Length > 0 ? args[0] : Directory.CreateTempSubdirectory("dex-bench-").FullName;
        foreach (var durable in (bool[])[false, true])
        {
            Console.WriteLine(durable ? "## durable (SQLite, synced)" : "## in memory");
            var watch = Stopwatch.StartNew();
            await using var cluster = await LocalCluster.LocalCluster.StartAsync(
                new LocalClusterOptions { InMemory = !durable, RunAgent = false, DataDirectory = durable ? folder : null }, default);
            Report("start in process", watch.Elapsed.TotalMilliseconds, "ms", "700", "8800");
            using var client = Client(cluster);
            await CreateOneAfterAnotherAsync(client);
            await CreateTogetherAsync(client, durable);
            await WatchAsync(cluster, client);
            await ListAndDeleteAsync(client);
            Console.WriteLine($"working set {Process.GetCurrentProcess().WorkingSet64 >> 20} MiB, client and server together");
        }
    }

    static async Task CreateOneAfterAnotherAsync(HttpClient client)
    {
        for (var i = 0; i < 500; i++)
            await CreateAsync(client, $"warm-{i}");
        var times = new List<double>();
        for (var i = 0; i < 1000; i++)
            times.Add(await TimeAsync(() => CreateAsync(client, $"one-{i}")));
        times.Sort();
        Report("create, p50", times[times.Count / 2], "ms", "1", "3.3");
        Report("create, p99", times[times.Count * 99 / 100], "ms", "-", "-");
    }

    static async Task CreateTogetherAsync(HttpClient client, bool durable)
    {
        const int Each = 500, Connections = 16;
        var time = await TimeAsync(() => Task.WhenAll(Enumerable.Range(0, Connections).Select(async c =>
        {
            for (var i = 0; i < Each; i++)
                await CreateAsync(client, $"many-{c}-{i}");
        })));
        Report("create, 16 connections", Each * Connections / time * 1000, "/s", durable ? "1000" : "2000", "672");
    }

    static async Task WatchAsync(LocalCluster.LocalCluster cluster, HttpClient client)
    {
        await using var one = await WatchReader.OpenAsync(client, $"{ConfigMaps}?watch=1&resourceVersion={cluster.Registry.Revision}");
        var times = new List<double>();
        for (var i = 0; i < 300; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var seen = one.NextAsync();
            await CreateAsync(client, $"watch-{i}");
            times.Add(Stopwatch.GetElapsedTime(started, await seen).TotalMilliseconds);
        }
        times.Sort();
        Report("watch event after create, p50", times[times.Count / 2], "ms", "1", "4.6");

        var readers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => WatchReader.OpenAsync(client, $"{ConfigMaps}?watch=1&resourceVersion={cluster.Registry.Revision}")));
        var rounds = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var all = readers.Select(r => r.NextAsync()).ToArray();
            await CreateAsync(client, $"fan-{i}");
            rounds.Add(Stopwatch.GetElapsedTime(started, (await Task.WhenAll(all)).Max()).TotalMilliseconds);
        }
        rounds.Sort();
        Report("one event to 100 watchers, p50", rounds[rounds.Count / 2], "ms", "10", "46");
        foreach (var reader in readers)
            await reader.DisposeAsync();
    }

    static async Task ListAndDeleteAsync(HttpClient client)
    {
        var filler = new string('x', 700);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async c =>
        {
            for (var i = 0; i < 125; i++)
                await CreateAsync(client, $"list-{c}-{i}", ""","labels":{"list":"1"}""", filler);
        }));
        var lists = new List<double>();
        for (var i = 0; i < 20; i++)
            lists.Add(await TimeAsync(async () => await client.GetByteArrayAsync(new Uri($"{ConfigMaps}?labelSelector=list", UriKind.Relative))));
        lists.Sort();
        Report("list of 2,000 objects of 1 KB, p50", lists[lists.Count / 2], "ms", "20", "-");
        Report("deletecollection of 2,000", await TimeAsync(async () => (await client.DeleteAsync(new Uri($"{ConfigMaps}?labelSelector=list", UriKind.Relative))).EnsureSuccessStatusCode()), "ms", "500", "-");
    }

    static async Task CreateAsync(HttpClient client, string name, string more = "", string value = "v")
    {
        using var content = new StringContent($$$"""{"metadata":{"name":"{{{name}}}"{{{more}}}},"data":{"k":"{{{value}}}"}}""", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri(ConfigMaps, UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
    }

    static HttpClient Client(LocalCluster.LocalCluster cluster)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(cluster.CaCertificatePem));
        var client = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } }) { BaseAddress = cluster.Server };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", cluster.AdminToken);
        return client;
    }

    static async Task<double> TimeAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    static void Report(string what, double value, string unit, string target, string real) =>
        Console.WriteLine($"{what,-36} {value,9:0.00} {unit,-3} target {target,5}   kube-apiserver {real,5}");
}
