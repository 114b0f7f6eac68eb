using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Dex.LocalCluster;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Bench.LocalApi;

/// <summary>The embedded API server over HTTPS, beside what was recorded of kube-apiserver 1.32 on one machine.</summary>
sealed class ClusterBenchmark : IBenchmark
{
    const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    public string Name => "cluster";

    public string Description => "every target of the cluster beside what is measured: start, memory, create, watch, fan-out, list, delete; in memory and durable (argument: [DEX])";

    public async Task RunAsync(string[] args)
    {
        if (args is [var dex])
            Daemon(dex);
        await StartAsync();
        foreach (var durable in (bool[])[false, true])
        {
            Console.WriteLine(durable ? "## durable (SQLite, synced)" : "## in memory");
            var folder = Directory.CreateTempSubdirectory("dex-bench-").FullName;
            await using (var cluster = await Cluster.StartAsync(new LocalClusterOptions { InMemory = !durable, RunAgent = false, DataDirectory = durable ? folder : null }, default))
            {
                using var client = Client(cluster);
                await CreateOneAfterAnotherAsync(client);
                await CreateTogetherAsync(client, durable);
                await WatchAsync(cluster, client);
                await ListAndDeleteAsync(client);
                await DeleteNamespaceAsync(cluster, client);
            }
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The program that people start: from the command until the API answers, and what it holds when nothing happens.</summary>
    static void Daemon(string dex)
    {
        var home = Directory.CreateTempSubdirectory("dex-bench-").FullName;
        var environment = new Dictionary<string, string> { ["DEX_HOME"] = home };
        var times = new List<double>();
        for (var run = 0; run < 5; run++)
        {
            times.Add(WholeProcess.Time(dex, ["cluster", "start"], home, environment));
            if (run < 4)
                WholeProcess.Time(dex, ["cluster", "stop"], home, environment);
        }
        Report("dex cluster start, whole process", WholeProcess.Median(times), "ms", "700", "8800");
        Thread.Sleep(TimeSpan.FromSeconds(20));
        using var info = JsonDocument.Parse(File.ReadAllText(Path.Combine(home, "local", "daemon.json")));
        using (var daemon = Process.GetProcessById(info.RootElement.GetProperty("pid").GetInt32()))
            Report("memory, idle for 20 s", daemon.WorkingSet64 / 1048576.0, "MiB", "120", "476");
        WholeProcess.Time(dex, ["cluster", "stop"], home, environment);
        Directory.Delete(home, recursive: true);
    }

    static async Task StartAsync()
    {
        var times = new List<double>();
        for (var i = 0; i < 11; i++)
        {
            var started = Stopwatch.GetTimestamp();
            await using var cluster = await Cluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, default);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        Report("start in process, the first time", times[0], "ms", "-", "-");
        Report("start in process, p50 of the next", WholeProcess.Median(times.Skip(1)), "ms", "100", "-");
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

    static async Task WatchAsync(Cluster cluster, HttpClient client)
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
        const string Many = "/api/v1/namespaces/many/configmaps";
        await CreateNamespaceAsync(client, "many");
        await FillAsync(client, Many, 2_000, new string('x', 700));
        var lists = new List<double>();
        for (var i = 0; i < 40; i++)
            lists.Add(await TimeAsync(async () => await client.GetByteArrayAsync(new Uri(Many, UriKind.Relative))));
        Report("list of 2,000 objects of 1 KB, p50", WholeProcess.Median(lists), "ms", "20", "-");
        Report("deletecollection of 2,000", await TimeAsync(async () => (await client.DeleteAsync(new Uri(Many, UriKind.Relative))).EnsureSuccessStatusCode()), "ms", "500", "-");
    }

    static async Task DeleteNamespaceAsync(Cluster cluster, HttpClient client)
    {
        var times = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            await CreateNamespaceAsync(client, $"gone-{i}");
            await FillAsync(client, $"/api/v1/namespaces/gone-{i}/configmaps", 100, "v");
            await using var watch = await WatchReader.OpenAsync(client, $"/api/v1/namespaces?watch=1&fieldSelector=metadata.name=gone-{i}&resourceVersion={cluster.Registry.Revision}");
            times.Add(await TimeAsync(async () =>
            {
                (await client.DeleteAsync(new Uri($"/api/v1/namespaces/gone-{i}", UriKind.Relative))).EnsureSuccessStatusCode();
                await watch.DeletedAsync();
            }));
        }
        Report("namespace with 100 objects gone, p50", WholeProcess.Median(times), "ms", "500", "5500");
    }

    static Task FillAsync(HttpClient client, string path, int count, string value) => Task.WhenAll(Enumerable.Range(0, 10).Select(async c =>
    {
        for (var i = 0; i < count / 10; i++)
            await CreateAsync(client, $"o-{c}-{i}", value, path);
    }));

    static async Task CreateNamespaceAsync(HttpClient client, string name)
    {
        using var content = new StringContent($$$"""{"metadata":{"name":"{{{name}}}"}}""", Encoding.UTF8, "application/json");
        (await client.PostAsync(new Uri("/api/v1/namespaces", UriKind.Relative), content)).EnsureSuccessStatusCode();
    }

    static async Task CreateAsync(HttpClient client, string name, string value = "v", string path = ConfigMaps)
    {
        using var content = new StringContent($$$"""{"metadata":{"name":"{{{name}}}"},"data":{"k":"{{{value}}}"}}""", Encoding.UTF8, "application/json");
        using var response = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
    }

    static HttpClient Client(Cluster cluster)
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
