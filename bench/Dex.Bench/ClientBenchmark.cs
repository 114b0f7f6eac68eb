using System.Diagnostics;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.KubeConfig;
using Dex.Kubernetes.Model;
using Dex.LocalCluster;

namespace Dex.Bench;

/// <summary>The first request of a cold process and the memory of a watch, each in a process of its own beside kubectl's.</summary>
sealed class ClientBenchmark : IBenchmark
{
    const int Pods = 2000;

    public string Name => "client";

    public string Description => "first request of a cold process; memory of a watch of 2,000 pods (arguments: KUBECTL)";

    public async Task RunAsync(string[] args)
    {
        if (args is ["first", var config])
        {
            await FirstAsync(config);
            return;
        }

        if (args is ["watch", var watched])
        {
            await WatchAsync(watched);
            return;
        }

        using var folder = new Dex.Testing.TemporaryFolder();
        await using var cluster = await LocalCluster.LocalCluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, default);
        var kubeconfig = Path.Combine(folder.Path, "config");
        cluster.WriteKubeConfig(kubeconfig);
        for (var i = 0; i < Pods; i++) await cluster.Registry.CreateAsync("pods", "default", Pod(i), default);

        var self = Environment.ProcessPath!;
        var first = Enumerable.Range(0, 7).Select(_ => double.Parse(Run(self, ["client", "first", kubeconfig]).Split('\n')[1])).ToList();
        var environment = new Dictionary<string, string> { ["KUBECONFIG"] = kubeconfig, ["HOME"] = folder.Path };
        var (whole, kubectl) = WholeProcess.Compare(
            () => WholeProcess.Time(self, ["client", "first", kubeconfig]),
            () => WholeProcess.Time(args[0], ["get", "namespace", "default", "-o", "name"], null, environment),
            7);
        Console.WriteLine($"first request, from reading the kubeconfig to the object: {WholeProcess.Median(first):0} ms; whole process {whole:0} ms, kubectl get {kubectl:0} ms");
        Console.WriteLine($"watch of {Pods} pods: {Run(self, ["client", "watch", kubeconfig]).Split('\n')[1]}");
    }

    static async Task FirstAsync(string config)
    {
        var started = Stopwatch.GetTimestamp();
        using var client = Client(config);
        await client.GetAsync(KnownResources.Get("v1", "Namespace"), null, "default", default);
        Console.WriteLine(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    static async Task WatchAsync(string config)
    {
        using var client = Client(config);
        var before = Environment.WorkingSet;
        var seen = new Dictionary<string, JsonObject>();
        await foreach (var change in client.WatchAsync(KnownResources.Get("v1", "Pod"), "default", Selection.All, default))
        {
            if (change.Type == WatchEventType.Synced) break;
            seen[change.Object.Uid()] = change.Object;
        }

        Console.WriteLine($"{seen.Count} objects held, working set {Environment.WorkingSet / 1048576} MB (before it {before / 1048576} MB)");
    }

    static KubeClient Client(string config)
    {
        var host = new KubeConfigHost { Environment = new Dictionary<string, string>(), HomeDirectory = "/", CurrentDirectory = "/" };
        return new(KubeConfigFile.Load([config], host).Connect("dex-local"));
    }

    static string Run(string program, string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    /// <summary>As large as pods of real clusters are.</summary>
    internal static JsonObject Pod(int number)
    {
        var variables = new JsonArray([.. Enumerable.Range(0, 30).Select(i => new JsonObject { ["name"] = $"SETTING_{i}", ["value"] = $"a value of some length, number {i}" })]);
        return new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject { ["name"] = $"pod-{number}", ["labels"] = new JsonObject { ["app"] = "web" } },
            ["spec"] = new JsonObject
            {
                ["automountServiceAccountToken"] = false,
                ["containers"] = new JsonArray(new JsonObject { ["name"] = "main", ["image"] = "web:1", ["env"] = variables }),
            },
        };
    }
}
