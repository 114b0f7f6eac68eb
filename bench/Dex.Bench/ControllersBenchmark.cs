using System.Diagnostics;
using System.Text.Json.Nodes;
using Dex.LocalCluster;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Bench;

/// <summary>How quickly the controllers of the embedded cluster answer a write, beside the writes themselves.</summary>
sealed class ControllersBenchmark : IBenchmark
{
    const int Rounds = 200;
    const int Contents = 100;

    public string Name => "controllers";

    public string Description => "a Deployment's pod appears, 200 Deployments at once, a namespace with 100 objects goes";

    public async Task RunAsync(string[] arguments)
    {
        await using var cluster = await Cluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, default);
        var registry = cluster.Registry;
        await OneByOneAsync(registry, "warm", 200);

        var bare = await TimesAsync(Rounds, i => registry.CreateAsync("configmaps", "default", new() { ["metadata"] = new JsonObject { ["name"] = $"bare-{i}" } }, default));
        Console.WriteLine($"baseline: one create                     p50 {bare[bare.Count / 2].TotalMilliseconds,8:0.00} ms   p99 {bare[bare.Count * 99 / 100].TotalMilliseconds,8:0.00} ms");
        var one = await OneByOneAsync(registry, "one", Rounds);
        Console.WriteLine($"Deployment written until its pod exists  p50 {one[one.Count / 2].TotalMilliseconds,8:0.00} ms   p99 {one[one.Count * 99 / 100].TotalMilliseconds,8:0.00} ms");

        var watch = Stopwatch.StartNew();
        var pods = PodsOf(registry, "many-", Rounds);
        await Task.WhenAll(Enumerable.Range(0, Rounds).Select(i => DeployAsync(registry, $"many-{i}")));
        var written = watch.Elapsed;
        await pods;
        Console.WriteLine($"200 Deployments at once: written {written.TotalMilliseconds:0} ms, all pods exist {watch.Elapsed.TotalMilliseconds:0} ms");

        Console.WriteLine($"baseline: 100 objects deleted one by one {await DeleteOneByOneAsync(registry):0.0} ms");
        Console.WriteLine($"namespace with 100 objects gone          {await DeleteNamespaceAsync(registry):0.0} ms (target 500)");
    }

    static Task<List<TimeSpan>> OneByOneAsync(Registry registry, string prefix, int count) => TimesAsync(count, async i =>
    {
        var pod = PodsOf(registry, $"{prefix}-{i}-", 1);
        await DeployAsync(registry, $"{prefix}-{i}");
        await pod;
    });

    static async Task<double> DeleteOneByOneAsync(Registry registry)
    {
        await FillAsync(registry, "default");
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < Contents; i++)
            await registry.DeleteAsync(new("secrets", "default", $"o{i}"), new(), default);
        return watch.Elapsed.TotalMilliseconds;
    }

    static async Task<double> DeleteNamespaceAsync(Registry registry)
    {
        await registry.CreateAsync("namespaces", "", new() { ["metadata"] = new JsonObject { ["name"] = "full" } }, default);
        await FillAsync(registry, "full");
        var gone = new TaskCompletionSource();
        using var subscription = registry.Subscribe("namespaces", change =>
        {
            if (change.Type == ChangeType.Deleted)
                gone.TrySetResult();
        }, replay: false);
        var watch = Stopwatch.StartNew();
        await registry.DeleteAsync(new("namespaces", "", "full"), new(), default);
        await gone.Task;
        return watch.Elapsed.TotalMilliseconds;
    }

    static Task FillAsync(Registry registry, string ns) => Task.WhenAll(Enumerable.Range(0, Contents).Select(i =>
        registry.CreateAsync("secrets", ns, new() { ["metadata"] = new JsonObject { ["name"] = $"o{i}" } }, default)));

    /// <summary>Completes when so many pods of a name's beginning have appeared.</summary>
    static async Task PodsOf(Registry registry, string prefix, int count)
    {
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = registry.Subscribe("pods", change =>
        {
            if (change.Type == ChangeType.Added && change.Object.Key.Name.StartsWith(prefix, StringComparison.Ordinal) && --count == 0)
                all.TrySetResult();
        }, replay: false);
        await all.Task;
    }

    static async Task<List<TimeSpan>> TimesAsync(int count, Func<int, Task> work)
    {
        var times = new List<TimeSpan>();
        for (var i = 0; i < count; i++)
        {
            var watch = Stopwatch.StartNew();
            await work(i);
            times.Add(watch.Elapsed);
        }

        times.Sort();
        return times;
    }

    static Task DeployAsync(Registry registry, string name) => registry.CreateAsync("deployments.apps", "default", (JsonObject)JsonNode.Parse($$"""
        {"metadata":{"name":"{{name}}"},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"{{name}}"} },
         "template":{"metadata":{"labels":{"app":"{{name}}"} },"spec":{"containers":[{"name":"main","image":"v1"}]} } } }
        """)!, default);
}
