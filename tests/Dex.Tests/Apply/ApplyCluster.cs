using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.LocalCluster;
using Dex.LocalCluster.Api;
using Dex.Tests.LocalCluster.Controllers;
using Dex.Yaml;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.Apply;

/// <summary>An embedded cluster with its controllers and a node whose pods do what the test says, and the engine that talks to it over HTTPS.</summary>
public sealed class ApplyCluster : IAsyncDisposable
{
    readonly Cluster _cluster;

    ApplyCluster(Cluster cluster, FakeKubelet kubelet)
    {
        _cluster = cluster;
        Kubelet = kubelet;
        Client = new KubeClient(KubeConnection.WithToken(cluster.Server, cluster.CaCertificatePem, cluster.AdminToken));
        Engine = new ApplyEngine(Client, TimeProvider.System);
    }

    public Cluster Cluster => _cluster;

    public Registry Registry => _cluster.Registry;

    public FakeKubelet Kubelet { get; }

    public KubeClient Client { get; }

    public ApplyEngine Engine { get; }

    public RecordingProgress Events { get; } = new();

    public Release Release { get; } = new("dex", "dex-env-e123456") { TargetNamespace = "shop", Selector = "dex.dev/env-id=e123456" };

    /// <summary>How long a test waits for what comes at once on an idle machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        while (!condition()) await Task.Delay(10, deadline.Token);
    }

    public static async Task<ApplyCluster> StartAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        var cluster = await Cluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, ct);
        return new ApplyCluster(cluster, await StartNodeAsync(cluster));
    }

    /// <summary>Gives a cluster a node whose pods do what the test says.</summary>
    public static async Task<FakeKubelet> StartNodeAsync(Cluster cluster)
    {
        var node = await cluster.Registry.CreateAsync("nodes", "", Objects("{metadata: {name: node-1}}")[0], default);
        var ready = Objects("{conditions: [{type: Ready, status: 'True'}], allocatable: {cpu: '64', memory: 64Gi}}")[0];
        await cluster.Registry.UpdateAsync(node.Key, stored => (stored["status"] = ready.DeepClone()) is not null, "status", default);
        return new(cluster.Registry, new FakeClock());
    }

    public static List<JsonObject> Objects(string yaml) =>
        [.. YamlJson.ToJsonNodes("test.yaml", System.Text.Encoding.UTF8.GetBytes(yaml)).Cast<JsonObject>()];

    public Task<DeployResult> DeployAsync(string yaml, DeployOptions? options = null) =>
        Engine.DeployAsync(Release, Objects(yaml), options ?? new DeployOptions { Wait = false }, Events, TestContext.Current.CancellationToken);

    /// <summary>Deploys with an hour to wait for readiness, which passes as soon as something is seen.</summary>
    public async Task<DeployFailedException> TimeUpAsync(string yaml, Func<bool> seen)
    {
        var clock = new LeapingClock();
        using var client = new KubeClient(Client.Connection, new() { Time = clock });
        var deploying = new ApplyEngine(client, TimeProvider.System).DeployAsync(
            Release, Objects(yaml), new() { Timeout = TimeSpan.FromHours(1) }, Events, TestContext.Current.CancellationToken);
        await UntilAsync(() => seen() || deploying.IsCompleted);
        clock.Leap(TimeSpan.FromHours(2));
        return await Assert.ThrowsAsync<DeployFailedException>(() => deploying.WaitAsync(Patience));
    }

    /// <summary>Waits until this many pods of a name run, and makes them ready.</summary>
    public async Task MakeReadyAsync(string ns, string name, int count = 1)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            var running = Registry.List("pods", ns).Where(pod => pod.Key.Name.StartsWith(name) && pod.ToJson().Text("status", "podIP") is not null).ToList();
            if (running.Count >= count)
            {
                foreach (var pod in running) await Kubelet.SetAsync(pod.Key, Fate.Ready);
                return;
            }

            await Task.Delay(10, deadline.Token);
        }
    }

    /// <summary>Deletes a definition and waits until its kind is not served any more.</summary>
    public async Task UndefineAsync(string name)
    {
        await Registry.DeleteAsync(new("customresourcedefinitions.apiextensions.k8s.io", "", name), new(), default);
        using var deadline = new CancellationTokenSource(Patience);
        var (plural, group) = (name[..name.IndexOf('.')], name[(name.IndexOf('.') + 1)..]);
        while (true)
        {
            try
            {
                await Client.GetRawAsync($"/apis/{group}/v1/{plural}", deadline.Token);
            }
            catch (KubeApiException exception) when (exception.IsNotFound)
            {
                return;
            }

            await Task.Delay(10, deadline.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Kubelet.Dispose();
        await _cluster.DisposeAsync();
    }
}

/// <summary>Keeps every event.</summary>
public sealed class RecordingProgress : IProgress<ApplyEvent>
{
    readonly List<ApplyEvent> _events = [];

    public IReadOnlyList<ApplyEvent> All
    {
        get
        {
            lock (_events) return [.. _events];
        }
    }

    public void Report(ApplyEvent value)
    {
        lock (_events) _events.Add(value);
    }
}
