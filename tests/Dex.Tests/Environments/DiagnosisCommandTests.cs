using System.Text.Json;
using Dex.App;
using Dex.Features.Cluster;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.LocalCluster;
using Dex.Testing;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.Environments;

/// <summary>An app as a user has it, on an embedded cluster in this process: <c>dex up</c> fails, <c>dex env diagnose</c> says why.</summary>
public sealed class DiagnosisCommandTests : IAsyncLifetime
{
    readonly TemporaryFolder _folder = new();
    Cluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await Cluster.StartAsync(new LocalClusterOptions
    {
        InMemory = true,
        ImagesDirectory = Path.Combine(_folder.Path, "home", "images"),
        HostEnvironment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" },
    }, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_failed_is_told_with_cause_and_last_words_and_is_kept_without_secrets_when_the_pods_are_gone()
    {
        _folder.Write("app/dex.yaml", """
            dex: 1
            name: shop
            services:
              web:
                build: { bundle: { include: [run.sh], entrypoint: [sh, run.sh] } }
                replicas: 1
                env: { PASSWORD: "${{ secret('db') }}" }
            """);
        File.SetUnixFileMode(_folder.Write("home/secrets.json", "{\"db\": \"swordfish-9\"}"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _folder.Write("app/run.sh", "echo \"cannot log in with $PASSWORD\"; exit 3\n");

        var up = await RunAsync("up", "app", "--name", "demo");

        Assert.True(up.ExitCode == ExitCode.Failed, up.Error);
        Assert.Contains("error[DEX3101]: `Deployment/web` ends with exit code 3", up.Error);
        Assert.Contains("cannot log in with ***", up.Error);
        Assert.Contains("dex explain DEX3101", up.Error);

        var told = await RunAsync("env", "diagnose", "shop/demo", "--bundle", "evidence");
        Assert.Equal(ExitCode.Findings, told.ExitCode);
        Assert.Contains("shop/demo on local", told.Output);
        Assert.Contains("error[DEX3101]", told.Output);
        Assert.Contains("waiting (CrashLoopBackOff)", told.Output);
        Assert.EndsWith("1 finding\n", told.Output);

        Assert.Equal(ExitCode.Ok, (await RunAsync("down", "shop/demo")).ExitCode);
        AssertComplete(Path.Combine(_folder.Path, "evidence"), told.Output);
        Assert.Equal(ExitCode.Usage, (await RunAsync("env", "diagnose", "shop/demo", "--bundle", "evidence")).ExitCode);
        Assert.Equal(ExitCode.Failed, (await RunAsync("env", "diagnose", "shop/demo")).ExitCode);
    }

    [Fact]
    public async Task An_environment_without_faults_has_no_findings_until_something_of_it_is_deleted()
    {
        _folder.Write("app/dex.yaml", """
            dex: 1
            name: calm
            services:
              worker:
                build: { bundle: { include: [run.sh], entrypoint: [sh, run.sh] } }
            """);
        _folder.Write("app/run.sh", "echo at work; trap 'exit 0' TERM; while :; do sleep 0.1; done\n");
        Assert.Equal(ExitCode.Ok, (await RunAsync("up", "app", "--name", "demo")).ExitCode);

        var calm = await RunAsync("env", "diagnose", "calm/demo", "--json");
        Assert.Equal(ExitCode.Ok, calm.ExitCode);
        using (var json = JsonDocument.Parse(calm.Output))
        {
            Assert.Empty(json.RootElement.GetProperty("findings").EnumerateArray());
            var worker = Assert.Single(json.RootElement.GetProperty("objects").EnumerateArray());
            Assert.Equal("Deployment/worker", worker.GetProperty("object").GetString());
            Assert.Equal("at work", worker.GetProperty("pods")[0].GetProperty("containers")[0].GetProperty("log")[0].GetString());
        }

        using var client = new KubeClient(KubeConnection.WithToken(_cluster.Server, _cluster.CaCertificatePem, _cluster.AdminToken));
        var deployments = await client.ListAsync(KnownResources.Get("apps/v1", "Deployment"), null, Selection.All, TestContext.Current.CancellationToken);
        await client.DeleteAsync(KnownResources.Get("apps/v1", "Deployment"), deployments.Items[0].Namespace(), "worker", TestContext.Current.CancellationToken);

        var gone = await RunAsync("env", "diagnose", "calm/demo");
        Assert.Equal(ExitCode.Findings, gone.ExitCode);
        Assert.Contains("error[DEX3321]: `Deployment/worker` is not there any more", gone.Output);
    }

    [Fact]
    public async Task What_only_needs_more_time_is_told_so()
    {
        _folder.Write("app/dex.yaml", """
            dex: 1
            name: slow
            services:
              worker:
                build: { bundle: { include: [run.sh], entrypoint: [sh, run.sh] } }
                patches: { Deployment: { spec: { minReadySeconds: 500 } } }
            """);
        _folder.Write("app/run.sh", "echo at work; trap 'exit 0' TERM; while :; do sleep 0.1; done\n");
        Assert.Equal(ExitCode.Ok, (await RunAsync("up", "app", "--name", "demo", "--no-wait")).ExitCode);

        var told = await RunAsync("env", "diagnose", "slow/demo");

        Assert.Equal(ExitCode.Findings, told.ExitCode);
        Assert.Contains("error[DEX3320]: `Deployment/worker` is not ready yet", told.Output);
        Assert.Equal(ExitCode.Ok, (await RunAsync("down", "slow/demo")).ExitCode);
    }

    /// <summary>Everything that the environment consisted of, and no value of its Secret anywhere.</summary>
    static void AssertComplete(string evidence, string told)
    {
        Assert.Equal(told, File.ReadAllText(Path.Combine(evidence, "diagnosis.txt")));
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(evidence, "diagnosis.json")));
        Assert.Equal("DEX3101", json.RootElement.GetProperty("findings")[0].GetProperty("code").GetString());
        foreach (var kind in new[] { "Deployment", "Secret", "Pod", "ReplicaSet", "Event", "Namespace" }) Assert.NotEmpty(Directory.GetFiles(Path.Combine(evidence, "objects", kind)));
        Assert.Contains("\"Deployment/web\"", File.ReadAllText(Path.Combine(evidence, "record.json")));
        var logs = Directory.GetFiles(Path.Combine(evidence, "logs"), "*.log", SearchOption.AllDirectories);
        Assert.Equal(["web.log", "web.previous.log"], logs.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(logs, log => Assert.Contains("cannot log in with ***", File.ReadAllText(log)));
        Assert.All(Directory.GetFiles(evidence, "*", SearchOption.AllDirectories), file =>
        {
            var text = File.ReadAllText(file);
            Assert.DoesNotContain("swordfish-9", text);
            Assert.DoesNotContain(Convert.ToBase64String("swordfish-9"u8), text);
        });
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(evidence));
    }

    async Task<DexRun> RunAsync(params string[] args)
    {
        var host = new Host
        {
            Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["DEX_HOME"] = Path.Combine(_folder.Path, "home") },
            CurrentDirectory = _folder.Path,
            HomeDirectory = _folder.Path,
            UserName = "ann",
            SelfCommand = ["dex"],
        };
        var terminal = new RecordingTerminal();
        var kubeconfig = Path.Combine(_folder.Path, "kubeconfig");
        _cluster.WriteKubeConfig(kubeconfig);
        var info = new ClusterInfo(0, Address(_cluster.Server), Address(_cluster.Ingress!), kubeconfig, ProductVersion.Text);
        var app = ReferencePlatform.Create("dex").With<ILocalCluster>(_ => new RunningCluster(info));
        return new(await app.RunAsync(args, host, terminal, TestContext.Current.CancellationToken), terminal);
    }

    static string Address(Uri address) => address.GetLeftPart(UriPartial.Authority);

    sealed class RunningCluster(ClusterInfo info) : ILocalCluster
    {
        public ClusterInfo? Running() => info;

        public Task<ClusterInfo> EnsureAsync(CancellationToken cancellationToken) => Task.FromResult(info);
    }
}
