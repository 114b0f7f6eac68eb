using System.Text;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Features.Cluster;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.LocalCluster;
using Dex.LocalCluster.Auth;
using Dex.Testing;
using Dex.Tests.LocalCluster.Controllers;
using Dex.Tests.LocalCluster.Node;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.Environments;

/// <summary>
/// A cluster in memory, a home folder whose kubeconfig reaches it as several users, and dex as a user would run it. The same cluster
/// is <c>local</c>, too.
/// </summary>
public sealed class IsolationCluster : ILocalCluster, IAsyncDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly Dictionary<string, string> _users = [];
    Cluster _cluster = null!;
    FakeKubelet? _kubelet;

    /// <summary>As the administrator.</summary>
    public KubeClient Client { get; private set; } = null!;

    public string Home => _folder.Path;

    /// <summary>The cluster itself.</summary>
    public Cluster Cluster => _cluster;

    /// <summary>Further variables of dex's own process.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    public Uri Ingress => _cluster.Ingress!;

    public Uri Server => _cluster.Server;

    /// <param name="processes">Runs pods as processes; else they are ready at once and are none.</param>
    public static async Task<IsolationCluster> StartAsync(bool processes = false)
    {
        var made = new IsolationCluster();
        var ct = TestContext.Current.CancellationToken;
        made._cluster = await Cluster.StartAsync(new LocalClusterOptions
        {
            InMemory = true,
            RunAgent = processes,
            DataDirectory = Path.Combine(made.Home, "cluster"),
            ImagesDirectory = Path.Combine(made.Home, ".dex", "images"),
            HostEnvironment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" },
        }, ct);
        if (!processes)
        {
            made._kubelet = new FakeKubelet(made._cluster.Registry, new FakeClock()) { Decide = pod => pod.Label("job-name") is null ? Fate.Ready : Fate.Succeeds };
            var node = await made._cluster.Registry.CreateAsync("nodes", "", new JsonObject { ["metadata"] = new JsonObject { ["name"] = "node-1" } }, ct);
            var ready = JsonNode.Parse("""{"conditions": [{"type": "Ready", "status": "True"}], "allocatable": {"cpu": "1000", "memory": "1000Gi", "pods": "1000"}}""");
            await made._cluster.Registry.UpdateAsync(node.Key, stored => (stored["status"] = ready!.DeepClone()) is not null, "status", ct);
        }

        made.Client = new KubeClient(KubeConnection.WithToken(made._cluster.Server, made._cluster.CaCertificatePem, made._cluster.AdminToken));
        made._users["admin"] = $"token: {made._cluster.AdminToken}";
        made.WriteKubeConfig(made._cluster.Server);
        return made;
    }

    /// <summary>A person with a certificate and no rights; the context has the same name.</summary>
    public void AddUser(string name, params string[] groups)
    {
        using var issued = CertificateAuthority.InProcess.IssueClient(name, groups);
        _users[name] = $"client-certificate-data: {Base64(issued.ExportCertificatePem())}, client-key-data: {Base64(System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(issued)!.ExportPkcs8PrivateKeyPem())}";
        WriteKubeConfig(_cluster.Server);
    }

    /// <summary>A context for a service account, with a token of its own.</summary>
    public async Task AddServiceAccountAsync(string name, string ns)
    {
        var request = JsonNode.Parse("""{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {} }""")!.AsObject();
        var answer = await Client.CreateAsync(new ResourceId("", "v1", $"serviceaccounts/{name}/token", "TokenRequest", true), ns, request, TestContext.Current.CancellationToken);
        _users[name] = $"token: {answer.Text("status", "token")}";
        WriteKubeConfig(_cluster.Server);
    }

    public async Task CreateNamespaceAsync(string name) => await CreateAsync($$"""{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "{{name}}"} }""");

    /// <summary>Creates an object as the administrator.</summary>
    public async Task<JsonObject> CreateAsync(string json)
    {
        var obj = JsonNode.Parse(json)!.AsObject();
        return await Client.CreateAsync(await Client.ResolveAsync(obj.Gvk(), TestContext.Current.CancellationToken), obj.Namespace(), obj, TestContext.Current.CancellationToken);
    }

    public async Task<IReadOnlyList<JsonObject>> ListAsync(string apiVersion, string kind, string? ns = null, string? labels = null) =>
        [.. (await Client.ListAsync(KnownResources.Get(apiVersion, kind), ns, labels is null ? Selection.All : new Selection { Labels = labels }, TestContext.Current.CancellationToken)).Items];

    /// <summary>Every object that carries dex's labels, as <c>Kind/name</c>, wherever it is.</summary>
    public async Task<IReadOnlyList<string>> DexObjectsAsync(string? labels = null)
    {
        var served = await Client.Discovery.RefreshAsync(TestContext.Current.CancellationToken);
        var lists = await Task.WhenAll(served.Resources.Where(resource => resource.Verbs.Contains("list") && !resource.Id.Group.Contains("metrics", StringComparison.Ordinal)).Select(async resource =>
            (await Client.ListAsync(resource.Id, null, new Selection { Labels = labels ?? "dex.dev/env-id" }, TestContext.Current.CancellationToken)).Items.Select(item => $"{resource.Id.Kind}/{item.Name()}")));
        return [.. lists.SelectMany(list => list).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Writes an app's files into a folder below the home.</summary>
    public string App(string folder, string yaml, params (string Path, string Text)[] files)
    {
        foreach (var (path, text) in files.Prepend(("dex.yaml", yaml)))
        {
            var file = Path.Combine(Home, folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }

        return Path.Combine(Home, folder);
    }

    /// <summary>An image whose entrypoint is a small web server, by default one that says <c>$NAME</c>; needs processes.</summary>
    public string ServerImage(string program = ProbeTests.Server)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/perl"), "needs perl for its test server");
        return new TestImages(Path.Combine(Home, ".dex", "images")).Add("server", new JsonObject { ["Entrypoint"] = new JsonArray("perl", "/app/server.pl") }, ("app/server.pl", program));
    }

    /// <summary>Runs a command line in a folder.</summary>
    public async Task<DexRun> RunAsync(string folder, params string[] args)
    {
        if (args[0] is "up" or "down" && !args.Contains("--timeout")) args = [.. args, "--timeout", "60s"];
        var terminal = new RecordingTerminal();
        return new DexRun(await StartAsync(terminal, folder, args, TestContext.Current.CancellationToken), terminal);
    }

    /// <summary>Runs a command line that a test stops, or watches while it runs.</summary>
    public Task<ExitCode> StartAsync(RecordingTerminal terminal, string folder, string[] args, CancellationToken ct) =>
        ReferencePlatform.Create("dex").With<ILocalCluster>(_ => this).RunAsync(args, Host(folder), terminal, ct);

    /// <summary>Runs a command line that must succeed.</summary>
    public async Task<DexRun> OkAsync(string folder, params string[] args)
    {
        var run = await RunAsync(folder, args);
        Assert.True(run.ExitCode == ExitCode.Ok, $"dex {string.Join(' ', args)} ended with {run.ExitCode}\n{run.Output}\n{run.Error}");
        return run;
    }

    /// <summary>The output of a command with <c>--json</c> that must succeed.</summary>
    public async Task<JsonObject> JsonAsync(string folder, params string[] args) => JsonNode.Parse((await OkAsync(folder, [.. args, "--json"])).Output)!.AsObject();

    public ClusterInfo? Running() => new(Environment.ProcessId, _cluster.Server.ToString(), _cluster.Ingress?.ToString() ?? "http://127.0.0.1:7777", Path.Combine(Home, ".kube", "config"), "test");

    public Task<ClusterInfo> EnsureAsync(CancellationToken cancellationToken) => Task.FromResult(Running()!);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _kubelet?.Dispose();
        await _cluster.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Sends users to another address, such as a proxy that looks on.</summary>
    public void WriteKubeConfig(Uri server)
    {
        var users = string.Join(", ", _users.Select(user => $"{{name: {user.Key}, user: {{{user.Value}}} }}"));
        var contexts = string.Join(", ", _users.Keys.Select(user => $"{{name: {user}, context: {{cluster: c, user: {user}}} }}"));
        var authority = server.Scheme == "https" ? $", certificate-authority-data: {Base64(_cluster.CaCertificatePem)}" : "";
        Directory.CreateDirectory(Path.Combine(Home, ".kube"));
        File.WriteAllText(Path.Combine(Home, ".kube", "config"), $"""
            current-context: admin
            clusters: [{"{"}name: c, cluster: {"{"}server: "{server}"{authority}{"}"} {"}"}]
            users: [{users}]
            contexts: [{contexts}]
            """);
    }

    Host Host(string folder) => new()
    {
        Environment = new Dictionary<string, string>(Variables) { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" },
        CurrentDirectory = folder,
        HomeDirectory = Home,
        UserName = "ann",
        SelfCommand = ["dex"],
    };

    static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
