using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Kubernetes.Client;
using Dex.LocalCluster;
using Dex.LocalCluster.Api;
using Dex.Tests.LocalCluster.Controllers;
using Dex.Yaml;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.Apply;

/// <summary>An embedded cluster with its controllers and a node whose pods do what the test says, and the engine that talks to it over HTTPS.</summary>
public sealed class ApplyCluster : IAsyncDisposable
{
    readonly Cluster cluster;

    ApplyCluster(Cluster cluster)
    {
        this.cluster = cluster;
        Kubelet = new(cluster.Registry, new FakeClock());
        Client = new KubeClient(KubeConnection.WithToken(cluster.Server, cluster.CaCertificatePem, cluster.AdminToken));
        Engine = new ApplyEngine(Client, TimeProvider.System);
    }

    public Cluster Cluster => cluster;

    public Registry Registry => cluster.Registry;

    public FakeKubelet Kubelet { get; }

    public KubeClient Client { get; }

    public ApplyEngine Engine { get; }

    public RecordingProgress Events { get; } = new();

    public Release Release { get; } = new("dex", "dex-env-e123456") { TargetNamespace = "shop", Selector = "dex.dev/env-id=e123456" };

    public static async Task<ApplyCluster> StartAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        var cluster = new ApplyCluster(await Cluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, ct));
        var node = await cluster.Registry.CreateAsync("nodes", "", Objects("{metadata: {name: node-1}}")[0], ct);
        var ready = Objects("{conditions: [{type: Ready, status: 'True'}], allocatable: {cpu: '64', memory: 64Gi}}")[0];
        await cluster.Registry.UpdateAsync(node.Key, stored => (stored["status"] = ready.DeepClone()) is not null, "status", ct);
        return cluster;
    }

    public static List<JsonObject> Objects(string yaml) =>
        [.. YamlJson.ToJsonNodes("test.yaml", System.Text.Encoding.UTF8.GetBytes(yaml)).Cast<JsonObject>()];

    public Task<DeployResult> DeployAsync(string yaml, DeployOptions? options = null) =>
        Engine.DeployAsync(Release, Objects(yaml), options ?? new DeployOptions { Wait = false }, Events, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Kubelet.Dispose();
        await cluster.DisposeAsync();
    }
}

/// <summary>Keeps every event.</summary>
public sealed class RecordingProgress : IProgress<ApplyEvent>
{
    readonly List<ApplyEvent> events = [];

    public IReadOnlyList<ApplyEvent> All
    {
        get
        {
            lock (events) return [.. events];
        }
    }

    public void Report(ApplyEvent value)
    {
        lock (events) events.Add(value);
    }
}
