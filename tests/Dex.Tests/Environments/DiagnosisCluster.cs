using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Kubernetes.Client;
using Dex.LocalCluster;
using Dex.Testing;
using Dex.Tests.Apply;
using Dex.Tests.LocalCluster.Node;
using Dex.Yaml;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.Environments;

/// <summary>The whole embedded cluster, whose pods are real processes, and the engine that waits for them.</summary>
public sealed class DiagnosisCluster : IAsyncLifetime
{
    readonly TemporaryFolder _folder = new();
    Cluster _cluster = null!;
    readonly Dictionary<string, Task> _running = [];
    readonly SemaphoreSlim _turns = new(6);
    int _deployed;

    internal KubeClient Client { get; private set; } = null!;

    /// <summary>An image whose entrypoint hands its arguments to the machine's shell.</summary>
    internal string Shell { get; private set; } = "";

    internal TestImages Images { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Images = new TestImages(Path.Combine(_folder.Path, "images"));
        Shell = Images.Add("shell", new JsonObject { ["Entrypoint"] = new JsonArray("/bin/sh", "-c") }, ("app/server.pl", ProbeTests.Server));
        _cluster = await Cluster.StartAsync(new LocalClusterOptions
        {
            InMemory = true,
            ImagesDirectory = Images.Directory,
            HostEnvironment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" },
        }, TestContext.Current.CancellationToken);
        // What may pass by itself is waited out: on a clock that goes faster the tests need not wait as long.
        Client = new KubeClient(KubeConnection.WithToken(_cluster.Server, _cluster.CaCertificatePem, _cluster.AdminToken), new KubeClientOptions { Time = new FasterClock(5), RequestTimeout = TimeSpan.FromSeconds(30) * 5 });
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        if (_cluster is not null) await _cluster.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Why the deploy of one case failed. The first one that is asked for starts all: most of their time they wait.</summary>
    internal async Task<Diagnostic> FailAsync(DiagnosisCases cases, string name)
    {
        lock (_running)
        {
            if (_running.Count == 0) foreach (var (each, (yaml, seconds)) in cases) _running[each] = InTurnAsync(() => DeployAsync(yaml, seconds));
        }

        var failure = await Assert.ThrowsAsync<DeployFailedException>(() => _running[name]);
        return Assert.Single(failure.Diagnostics);
    }

    /// <summary>So many at a time that a busy machine still gets to each of them.</summary>
    async Task InTurnAsync(Func<Task> deploy)
    {
        await _turns.WaitAsync();
        try
        {
            await deploy();
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>Deploys objects into a namespace of their own.</summary>
    /// <param name="yaml">With <c>IMAGE</c> where the shell's image belongs.</param>
    /// <param name="seconds">How long it may take, in seconds of a real clock.</param>

    internal async Task<DeployResult> DeployAsync(string yaml, int seconds = 100)
    {
        var ns = $"app-{Interlocked.Increment(ref _deployed)}";
        var objects = ApplyCluster.Objects($$"""
            apiVersion: v1
            kind: Namespace
            metadata: { name: {{ns}} }
            ---
            {{yaml.Replace("IMAGE", $"\"{Shell}\"", StringComparison.Ordinal)}}
            """);
        var release = new Release("dex", $"dex-env-{ns}") { TargetNamespace = ns };
        var options = new DeployOptions { Timeout = TimeSpan.FromSeconds(seconds) * 5 };
        // The lock goes by the ordinary clock: on a busy machine a fast one would lose it.
        return await new ApplyEngine(Client, TimeProvider.System).DeployAsync(release, objects, options, null, CancellationToken.None);
    }

    /// <summary>A Deployment <c>web</c> of one pod with one container, as dex renders one that has no port.</summary>
    /// <param name="container">Fields of the container, as a YAML flow mapping without braces.</param>
    /// <param name="pod">Fields of the pod.</param>
    internal static string Web(string container, string pod = "") => $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web }
        spec:
          minReadySeconds: 2
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec: { terminationGracePeriodSeconds: 0, {{pod}} containers: [{ name: web, image: IMAGE, {{container}} }] }
        """;

    /// <summary>The same, with a container that runs a script.</summary>
    internal static string Script(string script, string container = "", string pod = "") => Web($"args: ['{script.Replace("'", "''", StringComparison.Ordinal)}'], {container}", pod);
}

/// <summary>Objects that fail, by name, with the seconds that may be waited for them.</summary>
sealed class DiagnosisCases : Dictionary<string, (string Yaml, int Seconds)>
{
    internal void Add(string name, string yaml, int seconds = 100) => Add(name, (yaml, seconds));
}

/// <summary>A clock whose timers go off early and whose stopwatch runs fast.</summary>
sealed class FasterClock(double factor) : TimeProvider
{
    public override long GetTimestamp() => (long)(System.GetTimestamp() * factor);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Faster(dueTime), Faster(period));

    TimeSpan Faster(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / factor;
}
