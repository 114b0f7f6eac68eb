using Dex.App;
using Dex.Kubernetes.Client;
using Dex.LocalCluster;
using Dex.Testing;
using Dex.Tests.Apply;
using Dex.Tests.LocalCluster.Controllers;

namespace Dex.Tests.Deploy;

/// <summary>A cluster that is not the embedded one as far as dex knows: reached through a context whose user has a credential plugin.</summary>
public class SharedCluster : IAsyncLifetime
{
    Dex.LocalCluster.LocalCluster _cluster = null!;

    internal KubeClient Client { get; private set; } = null!;

    /// <summary>The cluster's only node, unless it has a real one.</summary>
    internal FakeKubelet Kubelet { get; private set; } = null!;

    internal Dex.LocalCluster.LocalCluster Cluster => _cluster;

    protected virtual LocalClusterOptions Options => new() { InMemory = true, RunAgent = false };

    public virtual async ValueTask InitializeAsync()
    {
        _cluster = await Dex.LocalCluster.LocalCluster.StartAsync(Options, default);
        Client = new(KubeConnection.WithToken(_cluster.Server, _cluster.CaCertificatePem, _cluster.AdminToken));
        if (!Options.RunAgent) Kubelet = await ApplyCluster.StartNodeAsync(_cluster);
    }

    public virtual async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Kubelet?.Dispose();
        await _cluster.DisposeAsync();
    }

    /// <summary>Writes a kubeconfig with one context into a home folder.</summary>
    public void WriteKubeConfig(string home, string context = "shared", Uri? server = null)
    {
        var plugin = Path.Combine(home, ".kube", "login");
        Directory.CreateDirectory(Path.GetDirectoryName(plugin)!);
        File.WriteAllText(plugin, $$"""
            #!/bin/sh
            echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"{{_cluster.AdminToken}}"} }'
            """);
        File.SetUnixFileMode(plugin, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var authority = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(_cluster.CaCertificatePem));
        File.WriteAllText(Path.Combine(home, ".kube", "config"), $$"""
            current-context: another
            clusters: [{name: c, cluster: {server: "{{server ?? _cluster.Server}}", certificate-authority-data: "{{authority}}"} }]
            users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login, interactiveMode: Never} } }]
            contexts: [{name: {{context}}, context: {cluster: c, user: u} }]
            """);
    }
}

/// <summary>An app in a folder of its own that deploys to the shared cluster.</summary>
sealed class SharedApp : IDisposable
{
    static int _counter;
    readonly TemporaryFolder _folder = new();

    public SharedApp(SharedCluster cluster)
    {
        Name = $"shop{Interlocked.Increment(ref _counter)}";
        cluster.WriteKubeConfig(_folder.Path);
        Write("dex.yaml", $$"""
            name: {{Name}}
            manifests: [k8s/*.yaml]
            clusters:
              shared: {context: shared}
            environments:
              prod: {cluster: shared}
            """);
        Directory.CreateDirectory(Path.Combine(_folder.Path, "k8s"));
    }

    public string Name { get; }

    public string PathOf(string file) => Path.Combine(_folder.Path, file);

    public void Write(string file, string text) => File.WriteAllText(PathOf(file), text);

    public void ConfigMap(string name, string value) => Write($"k8s/{name}.yaml", $$"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: {{name}}}
        data: {k: "{{value}}"}
        """);

    public string Folder => _folder.Path;

    public Task<DexRun> RunAsync(params string[] args) => RunAsync(_folder.Path, args);

    /// <summary>Runs a command line in a folder that is the user's home, too.</summary>
    /// <param name="variables">Environment variables besides.</param>
    public static async Task<DexRun> RunAsync(string folder, string[] args, IReadOnlyDictionary<string, string>? variables = null)
    {
        var host = new Host
        {
            Environment = new Dictionary<string, string>(variables ?? new Dictionary<string, string>()) { ["PATH"] = "/usr/bin:/bin" },
            CurrentDirectory = folder,
            HomeDirectory = folder,
            UserName = "ann",
            SelfCommand = ["dex"],
        };
        var terminal = new RecordingTerminal();
        return new(await ReferencePlatform.Create("dex").RunAsync(args, host, terminal, TestContext.Current.CancellationToken), terminal);
    }

    public void Dispose() => _folder.Dispose();
}
