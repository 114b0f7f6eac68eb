using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Auth;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Storage;

namespace Dex.Tests.LocalCluster.Controllers;

/// <summary>An in-memory cluster with all controllers, a standing clock and a node whose pods do what the test says.</summary>
public sealed class ControllerCluster : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    readonly Store _store;
    readonly EventRecorder _events;
    readonly ControllerManager _manager;
    readonly IDisposable _definitions;

    ControllerCluster(Store store, ApiComposition api, FakeClock clock)
    {
        (_store, Registry, Clock) = (store, api.Registry, clock);
        api.CustomDefinitions.Start(store);
        _definitions = api.CustomDefinitions;
        Kubelet = new(Registry, clock);
        _events = new(Registry);
        _manager = new(Registry, _events, new()
        {
            CaCertificatePem = "-----BEGIN CERTIFICATE-----",
            VolumesDirectory = Volumes,
            PodUsage = uid => Usages.TryGetValue(uid, out var usage) ? usage : null,
            OnFailure = (controller, key, e) => Failures.Enqueue($"{controller} {key}: {e.Message}"),
        });
    }

    public FakeClock Clock { get; }

    public FakeKubelet Kubelet { get; }

    public Registry Registry { get; }

    public ConcurrentDictionary<string, Usage> Usages { get; } = new();

    public ConcurrentQueue<string> Failures { get; } = new();

    public string Volumes { get; } = Path.Combine(Path.GetTempPath(), "dex-controllers-" + Guid.NewGuid().ToString("n"));

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<ControllerCluster> StartAsync(bool withNode = true)
    {
        var clock = new FakeClock();
        var store = Store.InMemory();
        var cluster = new ControllerCluster(store, new ApiComposition(store, ClusterIdentity.InMemory(), clock), clock);
        await SystemObjects.CreateAsync(cluster.Registry, Ct);
        if (withNode)
        {
            await cluster.AddNodeAsync("node-1");
        }

        await cluster._manager.StartAsync(Ct);
        return cluster;
    }

    public async ValueTask DisposeAsync()
    {
        Kubelet.Dispose();
        await _manager.StopAsync(default);
        await _events.DisposeAsync();
        _definitions.Dispose();
        await _store.DisposeAsync();
        if (Directory.Exists(Volumes))
        {
            Directory.Delete(Volumes, recursive: true);
        }
    }

    public async Task AddNodeAsync(string name, string labels = "{}")
    {
        var node = await CreateAsync("nodes", $$"""{"metadata":{"name":"{{name}}","labels":{{labels}} } }""", ns: "");
        await Registry.UpdateAsync(node.Key, n => Set(n.Child("status"), """{"conditions":[{"type":"Ready","status":"True"}],"allocatable":{"cpu":"4","memory":"8Gi"}}"""), "status", Ct);
    }

    public Task<StoredObject> CreateAsync(string resource, string json, string ns = "default") =>
        Registry.CreateAsync(resource, ns, (JsonObject)JsonNode.Parse(json)!, Ct);

    /// <summary>Merges fields into an object's spec.</summary>
    public Task<StoredObject?> PatchSpecAsync(string resource, string name, string json, string ns = "default") =>
        Registry.UpdateAsync(new(resource, ns, name), o => Set(o.Child("spec"), json), "", Ct);

    public Task<StoredObject?> DeleteAsync(string resource, string name, string? policy = null, string ns = "default") =>
        Registry.DeleteAsync(new(resource, ns, name), new() { PropagationPolicy = policy }, Ct);

    public JsonObject? Find(string resource, string name, string ns = "default") => Registry.Get(new(resource, ns, name))?.ToJson();

    public JsonObject Get(string resource, string name, string ns = "default") => Find(resource, name, ns) ?? throw new InvalidOperationException($"no {resource} {name}");

    public List<JsonObject> List(string resource, string? ns = "default") => [.. Registry.List(resource, ns).Select(o => o.ToJson())];

    /// <summary>The pods that are not on their way out.</summary>
    public List<JsonObject> Pods(string? label = null) =>
        [.. List("pods").Where(p => p.DeletionTimestamp() is null && (label is null || LabelSelector.Parse(label).Matches(p.Labels())))];

    public List<string> Events(string reason) => [.. List("events").Where(e => e.Text("reason") == reason).Select(e => e.Text("message")!)];

    /// <summary>Waits for a state. The clock creeps meanwhile, so that retries after a failure happen.</summary>
    public async Task EventuallyAsync(Func<bool> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!holds())
        {
            if (watch.Elapsed > Patience)
            {
                Assert.Fail($"not within {Patience.TotalSeconds} s: {what}\nfailures:\n{string.Join('\n', Failures.TakeLast(10))}\nobjects:\n{Dump()}");
            }

            await Task.Delay(2, Ct);
            Clock.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    string Dump() => string.Join('\n', ((string[])["deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "cronjobs.batch", "pods"])
        .SelectMany(r => Registry.List(r)).Select(o =>
        {
            var json = o.ToJson();
            json.Metadata().Remove("managedFields");
            return json.ToJsonString();
        }));

    static bool Set(JsonObject target, string json)
    {
        foreach (var (key, value) in (JsonObject)JsonNode.Parse(json)!)
        {
            target[key] = value?.DeepClone();
        }

        return true;
    }
}
