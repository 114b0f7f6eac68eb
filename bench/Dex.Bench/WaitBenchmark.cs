using System.Diagnostics;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.Bench;

/// <summary>
/// <c>dex deploy</c> as a whole process in a namespace with 2,000 other pods: from the last pod's Ready on the server to the last line on
/// the screen, beside <c>kubectl rollout status</c> of the same pod, and the memory that it needs meanwhile.
/// </summary>
sealed class WaitBenchmark : IBenchmark
{
    const int Pods = 2000;

    public string Name => "wait";

    public string Description => "last pod Ready to done, and memory of waiting among 2,000 pods (arguments: DEX KUBECTL [rounds])";

    public async Task RunAsync(string[] args)
    {
        var (dex, kubectl, rounds) = (args[0], args[1], args.Length > 2 ? int.Parse(args[2]) : 5);
        using var folder = new Dex.Testing.TemporaryFolder();
        await using var cluster = await LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, default);
        var app = new App(folder.Path, dex, kubectl);
        cluster.WriteKubeConfig(app.Kubeconfig);
        await StartNodeAsync(cluster.Registry);
        using var kubelet = new Node(cluster.Registry);

        var times = new List<(double Dex, double Kubectl)>();
        var (memory, alone) = ((Now: 0L, Peak: 0L), 0L);
        for (var round = 0; round <= rounds; round++)
        {
            kubelet.Holds = true;
            app.Write(round);
            using var deploying = app.Start(dex, "deploy", "bench");
            var ns = await kubelet.HeldAsync();
            if (round == 1) for (var i = 0; i < Pods; i++) await cluster.Registry.CreateAsync("pods", ns, ClientBenchmark.Pod(i), default);
            using var watching = app.Start(kubectl, "rollout", "status", "deployment/web", "-n", ns);
            await QuietAsync(deploying);
            await QuietAsync(watching);
            memory = Memory(deploying.Id);
            if (round == 0) alone = memory.Now;
            var since = await kubelet.ReleaseAsync();
            var ended = await Task.WhenAll(EndAsync(deploying), EndAsync(watching));
            // The first round makes the namespace; the second fills it.
            if (round < 1) continue;
            times.Add((Stopwatch.GetElapsedTime(since, ended[0]).TotalMilliseconds, Stopwatch.GetElapsedTime(since, ended[1]).TotalMilliseconds));
            Console.WriteLine($"round {round}: last pod ready to done: dex {times[^1].Dex:0} ms, kubectl rollout status {times[^1].Kubectl:0} ms; dex holds {memory.Now} MB (at most {memory.Peak} MB)");
        }

        Console.WriteLine($"median: dex {WholeProcess.Median(times.Select(t => t.Dex)):0} ms, kubectl rollout status {WholeProcess.Median(times.Select(t => t.Kubectl)):0} ms; memory at the end {memory.Now} MB, peak {memory.Peak} MB (without the other pods {alone} MB)");
    }

    /// <summary>Until a program has had nothing to do for a second: it has started and waits.</summary>
    static async Task QuietAsync(Process process)
    {
        var before = TimeSpan.MinValue;
        while (!process.HasExited && process.TotalProcessorTime is var used && used != before)
        {
            before = used;
            await Task.Delay(1000);
            process.Refresh();
        }
    }

    /// <summary>When the last line appeared.</summary>
    static async Task<long> EndAsync(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var last = 0L;
        while (await process.StandardOutput.ReadLineAsync() is not null) last = Stopwatch.GetTimestamp();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? last : throw new InvalidOperationException(await error);
    }

    static (long Now, long Peak) Memory(int pid)
    {
        var lines = File.ReadAllLines($"/proc/{pid}/status");
        return (Value("VmRSS:"), Value("VmHWM:"));

        long Value(string key) => long.Parse(lines.First(line => line.StartsWith(key)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1]) / 1024;
    }

    static async Task StartNodeAsync(Registry registry)
    {
        var node = await registry.CreateAsync("nodes", "", new JsonObject { ["metadata"] = new JsonObject { ["name"] = "node-1" } }, default);
        await registry.UpdateAsync(node.Key, stored => (stored["status"] = JsonNode.Parse("""{"conditions":[{"type":"Ready","status":"True"}],"allocatable":{"cpu":"64","memory":"64Gi"}}""")) is not null, "status", default);
    }

    /// <summary>The app's folder and how programs are started in it.</summary>
    sealed record App(string Folder, string Dex, string Kubectl)
    {
        public string Kubeconfig => Path.Combine(Folder, "config");

        public void Write(int version)
        {
            File.WriteAllText(Path.Combine(Folder, "dex.yaml"), """
                name: bench
                manifests: [web.yaml]
                clusters: { shared: { context: dex-local } }
                environments: { bench: { cluster: shared } }
                """);
            File.WriteAllText(Path.Combine(Folder, "web.yaml"), $$"""
                apiVersion: apps/v1
                kind: Deployment
                metadata: { name: web }
                spec:
                  selector: { matchLabels: { app: web } }
                  template:
                    metadata: { labels: { app: web } }
                    spec: { containers: [{ name: web, image: "web:{{version}}" }] }
                """);
        }

        public Process Start(string program, params string[] args)
        {
            var start = new ProcessStartInfo(program, args) { WorkingDirectory = Folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["KUBECONFIG"] = Kubeconfig;
            start.Environment["DEX_HOME"] = Path.Combine(Folder, "home");
            return Process.Start(start)!;
        }
    }

    /// <summary>Runs pods at once, but keeps the app's newest from being ready until it is told to let it.</summary>
    sealed class Node : IDisposable
    {
        readonly Registry _registry;
        readonly IDisposable _subscription;
        TaskCompletionSource<ObjectKey> _held = new();

        public Node(Registry registry)
        {
            _registry = registry;
            _subscription = registry.Subscribe("pods", change => _ = ObserveAsync(change));
        }

        public bool Holds
        {
            set => _held = new();
        }

        public async Task<string> HeldAsync() => (await _held.Task).Namespace;

        public async Task<long> ReleaseAsync()
        {
            await SetAsync(await _held.Task, ready: true);
            return Stopwatch.GetTimestamp();
        }

        public void Dispose() => _subscription.Dispose();

        async Task ObserveAsync(Change change)
        {
            var pod = change.Object.ToJson();
            if (change.Type == ChangeType.Deleted || string.IsNullOrEmpty(pod.Text("spec", "nodeName")) || pod.Label("app") != "web" || !change.Object.Key.Name.StartsWith("web-")) return;
            if (pod.DeletionTimestamp() is not null) await _registry.DeleteAsync(change.Object.Key, new() { GracePeriodSeconds = 0 }, default);
            else if (pod.Text("status", "podIP") is null)
            {
                await SetAsync(change.Object.Key, ready: false);
                _held.TrySetResult(change.Object.Key);
            }
        }

        Task SetAsync(ObjectKey key, bool ready) => _registry.UpdateAsync(key, pod =>
        {
            var now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
            pod["status"] = JsonNode.Parse($$"""
                {"phase":"Running","podIP":"10.0.0.1","conditions":[{"type":"PodScheduled","status":"True"},{"type":"Ready","status":"{{ready}}","lastTransitionTime":"{{now}}"}],
                 "containerStatuses":[{"name":"web","ready":{{(ready ? "true" : "false")}},"restartCount":0,"state":{"running":{"startedAt":"{{now}}"} } }]}
                """);
            return true;
        }, "status", default);
    }
}
