using System.Diagnostics;
using Dex.App;
using Dex.LocalCluster;
using Dex.Testing;

namespace Dex.Bench;

/// <summary>Many environments on one cluster: how listing, collecting and one more environment grow with them. The first environment is the baseline.</summary>
sealed class EnvironmentsBenchmark : IBenchmark
{
    const int Rounds = 11;

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
        var processes = new List<(int Count, IReadOnlyList<(string Command, double Time)> Times)>();
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

            if (args.Length > 1 && (count == 1 || count == most)) processes.Add((count, Processes(args[1], folder)));
            Console.WriteLine($"{count,12} {WholeProcess.Median(ls),9:0} {WholeProcess.Median(gc),9:0} {WholeProcess.Median(up),9:0} {WholeProcess.Median(down),9:0}");
        }

        foreach (var (count, times) in processes)
        {
            Console.WriteLine($"as whole processes beside {count} environments (ms, medians of {Rounds}):");
            foreach (var (command, time) in times) Console.WriteLine($"  {command,-28} {time,9:0}");
        }
    }

    /// <summary>The same as users run it, start of the program included, in turns.</summary>
    static IReadOnlyList<(string Command, double Time)> Processes(string dex, TemporaryFolder folder)
    {
        var environment = new Dictionary<string, string> { ["HOME"] = folder.Path, ["DEX_HOME"] = Path.Combine(folder.Path, "home") };
        string[] commands = ["--version", "ls", "env gc --dry-run", "up --name process", "down --name process"];
        var rounds = Enumerable.Range(0, Rounds).Select(_ => commands.Select(command => WholeProcess.Time(dex, command.Split(' '), folder.Path, environment)).ToList()).ToList();
        return [.. commands.Select((command, at) => ($"dex {command}", WholeProcess.Median(rounds.Select(round => round[at]))))];
    }

    static async Task<double> DexAsync(TemporaryFolder folder, params string[] args)
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
        GC.Collect(); // what the command before left
        var started = Stopwatch.GetTimestamp();
        var exit = await ReferencePlatform.Create("dex").RunAsync(args, host, terminal, default);
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return exit == ExitCode.Ok ? elapsed : throw new InvalidOperationException($"dex {string.Join(' ', args)} ended with {exit}: {terminal.ErrorText}");
    }

    static void Write(TemporaryFolder folder, LocalCluster.LocalCluster cluster)
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
