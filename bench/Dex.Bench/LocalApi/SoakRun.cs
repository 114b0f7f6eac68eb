using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Dex.LocalCluster;

namespace Dex.Bench.LocalApi;

/// <summary>Hours of a cluster's life in minutes: nothing may be lost or told twice, and memory may not grow.</summary>
sealed class SoakRun : IBenchmark
{
    public string Name => "soak";

    public string Description => "50 clients, 2,000 objects and 200 watches against a durable cluster in a process of its own (arguments: [minutes] [seed])";

    public async Task RunAsync(string[] args)
    {
        if (args is ["serve", var folder])
        {
            await ServeAsync(folder);
            return;
        }
        var minutes = args.Length > 0 ? double.Parse(args[0]) : 10;
        var seed = args.Length > 1 ? int.Parse(args[1]) : 1;
        var data = Directory.CreateTempSubdirectory("dex-soak-").FullName;
        using var server = Start(data);
        await server.StandardOutput.ReadLineAsync(); // the benchmark's title
        using var client = Client(JsonDocument.Parse((await server.StandardOutput.ReadLineAsync())!).RootElement);
        var size = new SoakSize(Clients: 50, Objects: 2_000, Watches: 200, Namespaces: 20, Pause: TimeSpan.FromMilliseconds(100), WatchSeconds: 60);
        var soak = new Soak(client, size, seed);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
        var memory = SampleAsync(server, stop.Token);
        var early = HeapAsync(server, TimeSpan.FromMinutes(Math.Min(2, minutes / 2)));
        await soak.RunAsync(stop.Token);
        Report(soak, await memory, minutes, seed);
        Console.WriteLine($"heap of the server after a full collection: {await early >> 20} MiB after the first minutes, {await HeapAsync(server, TimeSpan.Zero) >> 20} MiB at the end");
        server.StandardInput.Close();
        await server.WaitForExitAsync();
        Directory.Delete(data, recursive: true);
    }

    static void Report(Soak soak, List<long> memory, double minutes, int seed)
    {
        var tenths = memory.Chunk(Math.Max(1, memory.Count / 10)).Select(part => WholeProcess.Median(part.Select(bytes => bytes / 1048576.0))).ToList();
        Console.WriteLine($"{minutes} minutes, seed {seed}: {soak.WriteMilliseconds.Length:N0} writes, {soak.DelayMilliseconds.Length:N0} events with a time, {soak.Resumptions:N0} watches resumed; every watch told every write once and in order");
        Console.WriteLine($"memory of the server, medians of its tenths: {string.Join(' ', tenths.Select(t => $"{t:0}"))} MiB, most {memory.Max() >> 20} MiB ({memory.Count} samples)");
        Print("write, answered", soak.WriteMilliseconds);
        Print("write sent until its event arrives", soak.DelayMilliseconds);
    }

    static void Print(string what, double[] sorted) =>
        Console.WriteLine($"{what,-36} p50 {sorted[sorted.Length / 2],8:0.0} ms   p99 {sorted[sorted.Length * 99 / 100],8:0.0} ms   most {sorted[^1],8:0.0} ms");

    /// <summary>The server's resident memory, every ten seconds.</summary>
    static async Task<List<long>> SampleAsync(Process server, CancellationToken stop)
    {
        var samples = new List<long>();
        while (!stop.IsCancellationRequested)
        {
            server.Refresh();
            samples.Add(server.WorkingSet64);
            await Task.Delay(TimeSpan.FromSeconds(10), stop).ContinueWith(_ => { }, CancellationToken.None);
        }
        return samples;
    }

    static async Task<long> HeapAsync(Process server, TimeSpan after)
    {
        await Task.Delay(after);
        await server.StandardInput.WriteLineAsync();
        await server.StandardInput.FlushAsync();
        return long.Parse((await server.StandardOutput.ReadLineAsync())!);
    }

    static Process Start(string folder) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["soak", "serve", folder]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;

    /// <summary>The cluster's side: says where it is, then for each line what its heap holds, and lives until its input ends.</summary>
    static async Task ServeAsync(string folder)
    {
        await using var cluster = await LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { RunAgent = false, DataDirectory = folder }, default);
        Console.WriteLine(JsonSerializer.Serialize(new[] { cluster.Server.ToString(), cluster.AdminToken, cluster.CaCertificatePem }));
        while (await Console.In.ReadLineAsync() is not null) Console.WriteLine(GC.GetTotalMemory(forceFullCollection: true));
    }

    static HttpClient Client(JsonElement server)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(server[2].GetString()));
        var client = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } }) { BaseAddress = new Uri(server[0].GetString()!), Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", server[1].GetString());
        return client;
    }
}
