using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Features.Cluster;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Testing;
using Dex.Tests.Apply;

namespace Dex.Tests.Environments;

/// <summary>An app in a folder of its own, whose environments live in an in-memory cluster that dex reaches through a context.</summary>
sealed class LifeApp : IDisposable
{
    static int _counter;
    readonly TemporaryFolder _folder = new();
    readonly ApplyCluster _cluster;

    /// <param name="server">Where the context leads; null for the cluster itself.</param>
    /// <param name="name">The app's name; null for one of its own.</param>
    public LifeApp(ApplyCluster cluster, Uri? server = null, string? name = null)
    {
        _cluster = cluster;
        Name = name ?? $"life{Interlocked.Increment(ref _counter)}";
        WriteKubeConfig(server ?? cluster.Cluster.Server, cluster.Cluster.AdminToken);
        Configure("");
        Directory.CreateDirectory(PathOf("k8s"));
        ConfigMap("settings", "1");
    }

    public string Name { get; }

    public string User { get; set; } = "ann";

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>What the shell has set.</summary>
    public Dictionary<string, string> Variables { get; } = new() { ["PATH"] = "/usr/bin:/bin" };

    /// <summary>The embedded cluster; without one none can be started.</summary>
    public ApplyCluster? Embedded { get; set; }

    public string PathOf(string file) => Path.Combine(_folder.Path, file);

    public void Write(string file, string text) => File.WriteAllText(PathOf(file), text);

    /// <summary>Writes dex.yaml with these lines at its end.</summary>
    public void Configure(string more) => Write("dex.yaml", $$"""
        name: {{Name}}
        cluster: shared
        manifests: [k8s/*.yaml]
        clusters:
          shared: {context: shared}
        {{more}}
        """);

    public void WriteKubeConfig(Uri server, string token)
    {
        Directory.CreateDirectory(PathOf(".kube"));
        var authority = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(_cluster.Cluster.CaCertificatePem));
        var trust = server.Scheme == "https" ? $", certificate-authority-data: \"{authority}\"" : "";
        Write(".kube/config", $$"""
            clusters: [{name: c, cluster: {server: "{{server}}"{{trust}}} }]
            users: [{name: u, user: {token: "{{token}}"} }]
            contexts: [{name: shared, context: {cluster: c, user: u} }]
            """);
    }

    public void ConfigMap(string name, string value) => Manifest(name, $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: {{name}}}
        data: {k: "{{value}}"}
        """);

    public void Manifest(string name, string yaml) => Write($"k8s/{name}.yaml", yaml);

    /// <summary>Runs a command line to its end.</summary>
    public async Task<DexRun> RunAsync(params string[] args)
    {
        var terminal = new RecordingTerminal();
        return new(await StartAsync(terminal, args, TestContext.Current.CancellationToken), terminal);
    }

    /// <summary>Runs a command line that a test may stop, or watch while it runs.</summary>
    public Task<ExitCode> StartAsync(RecordingTerminal terminal, string[] args, CancellationToken ct)
    {
        var host = new Host
        {
            Environment = Variables,
            CurrentDirectory = _folder.Path,
            HomeDirectory = _folder.Path,
            UserName = User,
            SelfCommand = [],
            Time = Time,
        };
        return ReferencePlatform.Create("dex").With<ILocalCluster>(_ => new MemoryCluster(Embedded)).RunAsync(args, host, terminal, ct);
    }

    /// <summary>Runs a command line that must succeed, and reads its JSON.</summary>
    public async Task<JsonElement> JsonAsync(params string[] args)
    {
        var run = await RunAsync([.. args, "--json"]);
        Assert.True(run.ExitCode == ExitCode.Ok, $"dex {string.Join(' ', args)} ended with {run.ExitCode}: {run.Output}{run.Error}");
        return JsonDocument.Parse(run.Output).RootElement;
    }

    /// <summary>The line of <c>dex ls</c> about an environment; null when there is none.</summary>
    public async Task<JsonElement?> ListedAsync(string name) => (await JsonAsync("ls", "--all")).GetProperty("environments").EnumerateArray()
        .Where(line => line.GetProperty("environment").GetString() == $"{Name}/{name}").Select(line => (JsonElement?)line).SingleOrDefault();

    /// <summary>Everything in the cluster that carries this app's label, as <c>kind/name</c>.</summary>
    public async Task<IReadOnlyList<string>> ObjectsAsync()
    {
        var found = new List<string>();
        foreach (var kind in new[] { ("v1", "Namespace"), ("v1", "ConfigMap"), ("apps/v1", "Deployment"), ("v1", "Service"), ("v1", "Pod"), ("batch/v1", "CronJob"), ("v1", "PersistentVolumeClaim") })
        {
            var list = await _cluster.Client.ListAsync(KnownResources.Get(kind.Item1, kind.Item2), null, new Selection { Labels = $"dex.dev/app={Name}" }, TestContext.Current.CancellationToken);
            found.AddRange(list.Items.Where(obj => obj.Namespace() != "dex-system").Select(obj => $"{kind.Item2}/{obj.Name()}"));
        }

        return found;
    }

    /// <summary>The record of an environment as it is stored.</summary>
    public async Task<JsonObject?> RecordAsync(string name) =>
        (await _cluster.Client.ListAsync(KnownResources.Get("v1", "ConfigMap"), "dex-system", new Selection { Labels = $"dex.dev/app={Name},dex.dev/env={name}" }, TestContext.Current.CancellationToken)).Items.SingleOrDefault();

    /// <summary>Changes what the record says about the life of an environment, as if time had passed or another dex had written it.</summary>
    public async Task ChangeStatusAsync(string name, Action<JsonObject> change)
    {
        var record = (await RecordAsync(name))!;
        var status = (JsonObject)JsonNode.Parse(record.Text("data", "status")!)!;
        change(status);
        record["data"]!["status"] = status.ToJsonString();
        await _cluster.Client.ReplaceAsync(KnownResources.Get("v1", "ConfigMap"), record, TestContext.Current.CancellationToken);
    }

    /// <summary>Lets an environment's time be over.</summary>
    public Task ExpireAsync(string name) => ChangeStatusAsync(name, status => status["expiresAt"] = DateTimeOffset.UtcNow.AddHours(-1).ToString("O"));

    /// <summary>What the holder of every lock is called now; a process of this machine that has ended by default.</summary>
    public async Task ReplaceHoldersAsync(string? holder = null)
    {
        var leases = await _cluster.Client.ListAsync(KnownResources.Get("coordination.k8s.io/v1", "Lease"), "dex-system", Selection.All, TestContext.Current.CancellationToken);
        foreach (var lease in leases.Items)
        {
            lease["spec"]!["holderIdentity"] = holder ?? $"ann@{Environment.MachineName}, process 999999999 of 1 gone";
            await _cluster.Client.ReplaceAsync(KnownResources.Get("coordination.k8s.io/v1", "Lease"), lease, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose() => _folder.Dispose();

    sealed class MemoryCluster(ApplyCluster? cluster) : ILocalCluster
    {
        public ClusterInfo? Running()
        {
            if (cluster is null) return null;
            var kubeconfig = Path.GetTempFileName();
            cluster.Cluster.WriteKubeConfig(kubeconfig);
            return new ClusterInfo(0, cluster.Cluster.Server.ToString(), "http://127.0.0.1:1", kubeconfig, "test");
        }

        public Task<ClusterInfo> EnsureAsync(CancellationToken cancellationToken) =>
            Task.FromResult(Running() ?? throw new InvalidOperationException("this test has no embedded cluster"));
    }
}
