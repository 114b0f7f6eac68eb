using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Node;
using Dex.LocalCluster.Node.Logs;
using Dex.LocalCluster.Storage;
using Dex.Testing;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.LocalCluster.Node;

/// <summary>An in-memory cluster with an agent that runs real processes, and no controllers.</summary>
public sealed class NodeFixture : IAsyncDisposable
{
    readonly TemporaryFolder _folder = new();
    Cluster _cluster = null!;
    EventRecorder _events = null!;

    public Registry Registry => _cluster.Registry;
    public NodeAgent Agent { get; private set; } = null!;
    public NodeOptions Options { get; private set; } = null!;
    public TestImages Images { get; private set; } = null!;

    /// <summary>An image whose entrypoint runs its Cmd in the machine's shell.</summary>
    public string Shell { get; private set; } = "";

    public static async Task<NodeFixture> StartAsync(Func<NodeOptions, NodeOptions>? change = null)
    {
        var fixture = new NodeFixture();
        fixture._cluster = await Cluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, TestContext.Current.CancellationToken);
        fixture._events = new EventRecorder(fixture.Registry);
        fixture.Images = new TestImages(Path.Combine(fixture._folder.Path, "images"));
        fixture.Shell = fixture.Images.Add("shell", new JsonObject { ["Entrypoint"] = new JsonArray("/bin/sh", "-c"), ["Cmd"] = new JsonArray("exit 0") }, ("app/hello.sh", "#!/bin/sh\necho hello from the image\n"));
        var options = new NodeOptions
        {
            DataDirectory = Path.Combine(fixture._folder.Path, "node"),
            ImagesDirectory = fixture.Images.Directory,
            HostEnvironment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" },
            ShutdownGrace = TimeSpan.FromSeconds(2),
        };
        fixture.Options = change?.Invoke(options) ?? options;
        await fixture.StartAgentAsync();
        return fixture;
    }

    public async Task StartAgentAsync()
    {
        Agent = new NodeAgent(Registry, _events, Options);
        await Agent.StartAsync(TestContext.Current.CancellationToken);
        Agent.MapStreams(_cluster.MapSubresource);
    }

    /// <summary>The API server for a client with a token.</summary>
    public (Uri Address, string Token) Server => (_cluster.Server, _cluster.AdminToken);

    /// <summary>The authority that clients must trust.</summary>
    public string Authority => _cluster.CaCertificatePem;

    /// <summary>A kubeconfig for kubectl.</summary>
    public string KubeConfig()
    {
        var path = Path.Combine(_folder.Path, "kubeconfig");
        _cluster.WriteKubeConfig(path);
        return path;
    }

    /// <summary>Creates a pod of one container that runs a shell script.</summary>
    public Task<ObjectKey> RunScriptAsync(string script, string restartPolicy = "Never", JsonObject? container = null, JsonObject? pod = null)
    {
        container ??= [];
        container["args"] = new JsonArray(script);
        return RunAsync(pod ?? [], container, restartPolicy);
    }

    public async Task<ObjectKey> RunAsync(JsonObject spec, JsonObject container, string restartPolicy = "Never", string? name = null)
    {
        container["name"] ??= "main";
        container["image"] ??= Shell;
        spec["containers"] ??= new JsonArray(container);
        spec["restartPolicy"] = restartPolicy;
        spec["automountServiceAccountToken"] = false; // no controllers, no ServiceAccounts
        spec["nodeName"] = Options.NodeName;
        spec["terminationGracePeriodSeconds"] ??= 5;
        var metadata = name is null ? new JsonObject { ["generateName"] = "pod-" } : new JsonObject { ["name"] = name };
        metadata["labels"] = new JsonObject { ["app"] = "test" };
        var created = await Registry.CreateAsync("pods", "default", new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["metadata"] = metadata, ["spec"] = spec }, TestContext.Current.CancellationToken);
        return created.Key;
    }

    public Task CreateAsync(string resource, string kind, string name, JsonObject body)
    {
        body["kind"] = kind;
        body["apiVersion"] = resource.Contains('.') ? $"{resource[(resource.IndexOf('.') + 1)..]}/v1" : "v1";
        body.Metadata()["name"] = name;
        return Registry.CreateAsync(resource, "default", body, TestContext.Current.CancellationToken);
    }

    public JsonObject Get(ObjectKey key) => Registry.Get(key)?.ToJson() ?? [];

    /// <summary>Waits until the pod is as wanted; fails with its status when that takes too long.</summary>
    public async Task<JsonObject> WaitAsync(ObjectKey key, Func<JsonObject, bool> wanted, int seconds = 180)
    {
        await UntilAsync(() => Registry.Get(key) is { } found && wanted(found.ToJson()), () => $"{Get(key)["status"]?.ToJsonString() ?? "gone"}\n{string.Join('\n', EventsOf(key).Select(e => e.Text("message")))}", seconds);
        return Get(key);
    }

    public Task<JsonObject> WaitForPhaseAsync(ObjectKey key, string phase) => WaitAsync(key, pod => pod.Text("status", "phase") == phase);

    public static async Task UntilAsync(Func<bool> condition, Func<string>? describe = null, int seconds = 180)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (!condition())
        {
            if (deadline.IsCancellationRequested) Assert.Fail($"did not come true in {seconds} s: {describe?.Invoke()}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>What a container of the pod has said up to now.</summary>
    public string LogOf(ObjectKey key, string container = "main", int restart = 0)
    {
        var pod = Get(key);
        return LogReader.Tail(Path.Combine(Options.DataDirectory, "logs", $"{key.Namespace}_{key.Name}_{pod.Uid()}", container, $"{restart}.log"), 1000, 1 << 20);
    }

    /// <summary>The whole output of a script that ends.</summary>
    public async Task<string> OutputOfAsync(string script, JsonObject? container = null, JsonObject? pod = null)
    {
        var key = await RunScriptAsync(script, container: container, pod: pod);
        await WaitAsync(key, p => p.Text("status", "phase") is "Succeeded" or "Failed");
        return LogOf(key);
    }

    public IReadOnlyList<JsonObject> EventsOf(ObjectKey key) =>
        [.. Registry.List("events", key.Namespace).Select(e => e.ToJson()).Where(e => e.Text("involvedObject", "name") == key.Name)];

    public static JsonObject Container(JsonObject pod, string name = "main") =>
        pod.Items("status", "containerStatuses").Concat(pod.Items("status", "initContainerStatuses")).FirstOrDefault(c => c.Text("name") == name) ?? [];

    public async ValueTask DisposeAsync()
    {
        await Agent.DisposeAsync();
        await _events.DisposeAsync();
        await _cluster.DisposeAsync();
        _folder.Dispose();
    }
}
