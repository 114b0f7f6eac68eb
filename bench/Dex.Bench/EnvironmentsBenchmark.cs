using System.Diagnostics;
using Dex.App;
using Dex.LocalCluster;
using Dex.Testing;

namespace Dex.Bench;

/// <summary>Many environments on one cluster: how listing, collecting and one more environment grow with them. The first environment is the baseline.</summary>
internal sealed class EnvironmentsBenchmark : IBenchmark
{
    private const int Rounds = 11;

    public string Name => "environments";

    public string Description => "dex ls, env gc, up and down beside 1, 10, 100, 1,000 environments (arguments: [most] [DEX for whole processes])";

    public async Task RunAsync(string[] args)
    {
        var most = args.Length > 0 ? int.Parse(args[0]) : 1000;
        using var folder = new TemporaryFolder();
        var options = new LocalClusterOptions { DataDirectory = Path.Combine(folder.Path, "data"), RunAgent = false };
        await using var cluster = await LocalCluster.LocalCluster.StartAsync(options, default);
        Write(folder, cluster);
        await DexAsync(folder, "up", "--name", "warm");
        await DexAsync(folder, "down", "--name", "warm");
        var made = 0;
        Console.WriteLine($"{"environments",12} {"ls",9} {"gc",9} {"up",9} {"down",9}   (ms, medians of {Rounds})");
        foreach (var count in new[] { 1, 10, 100, 1000, 10_000 }.Where(count => count <= most))
        {
            await Parallel.ForEachAsync(Enumerable.Range(made, count - made), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) => await DexAsync(folder, "up", "--name", $"e{number}"));
            made = count;
            var (ls, gc, up, down) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
            for (var round = 0; round < Rounds; round++)
            {
                ls.Add(await DexAsync(folder, "ls"));
                gc.Add(await DexAsync(folder, "env", "gc"));
                up.Add(await DexAsync(folder, "up", "--name", $"next{round}"));
                down.Add(await DexAsync(folder, "down", "--name", $"next{round}"));
            }

            Console.WriteLine($"{count,12} {WholeProcess.Median(ls),9:0} {WholeProcess.Median(gc),9:0} {WholeProcess.Median(up),9:0} {WholeProcess.Median(down),9:0}");
        }

        if (args.Length > 1) Processes(args[1], folder);
    }

    /// <summary>The same as users run it, start of the program included.</summary>
    private static void Processes(string dex, TemporaryFolder folder)
    {
        var environment = new Dictionary<string, string> { ["HOME"] = folder.Path, ["DEX_HOME"] = Path.Combine(folder.Path, "home") };
        foreach (var words in new string[][] { ["--version"], ["ls"], ["env", "gc"] })
        {
            var times = Enumerable.Range(0, Rounds).Select(_ => WholeProcess.Time(dex, words, folder.Path, environment)).ToList();
            Console.WriteLine($"dex {string.Join(' ', words),-10} as a process {WholeProcess.Median(times),9:0} ms");
        }
    }

    private static async Task<double> DexAsync(TemporaryFolder folder, params string[] args)
    {
        var terminal = new RecordingTerminal();
        var host = new Host
        {
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" },
            CurrentDirectory = folder.Path,
            HomeDirectory = folder.Path,
            UserName = "ann",
            SelfCommand = [],
        };
        var started = Stopwatch.GetTimestamp();
        var exit = await ReferencePlatform.Create("dex").RunAsync(args, host, terminal, default);
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return exit == ExitCode.Ok ? elapsed : throw new InvalidOperationException($"dex {string.Join(' ', args)} ended with {exit}: {terminal.ErrorText}");
    }

    private static void Write(TemporaryFolder folder, LocalCluster.LocalCluster cluster)
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, ".kube"));
        var authority = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(cluster.CaCertificatePem));
        File.WriteAllText(Path.Combine(folder.Path, ".kube", "config"), $$"""
            clusters: [{name: c, cluster: {server: "{{cluster.Server}}", certificate-authority-data: "{{authority}}"} }]
            users: [{name: u, user: {token: "{{cluster.AdminToken}}"} }]
            contexts: [{name: bench, context: {cluster: c, user: u} }]
            """);
        File.WriteAllText(Path.Combine(folder.Path, "dex.yaml"), "dex: 1\nname: bench\ncluster: bench\nmanifests: [app.yaml]\nclusters:\n  bench: {context: bench}\n");
        File.WriteAllText(Path.Combine(folder.Path, "app.yaml"), """
            { apiVersion: v1, kind: ConfigMap, metadata: { name: settings }, data: { a: b } }
            ---
            { apiVersion: v1, kind: Secret, metadata: { name: keys }, stringData: { a: b } }
            ---
            { apiVersion: v1, kind: Service, metadata: { name: web }, spec: { selector: { app: web }, ports: [{ port: 80 }] } }
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: web }
            spec:
              replicas: 0
              selector: { matchLabels: { app: web } }
              template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: "web:1" }] } }
            """);
    }
}
