using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Node.Engines;
using Dex.LocalCluster.Storage;
using Dex.Testing;
using Dex.Tests.Build;

namespace Dex.Tests.LocalCluster.Node;

/// <summary>Pods in containers of Docker.</summary>
[Collection(nameof(DockerEngine))]
public sealed class DockerPodTests(DockerEngine engine) : EngineTests(engine);

/// <summary>Pods in containers of Podman.</summary>
public sealed class PodmanPodTests(PodmanEngine engine) : EngineTests(engine), IClassFixture<PodmanEngine>;

/// <summary>Pods in containers of a real engine.</summary>
public abstract class EngineTests(ITestEngine engine) : IAsyncDisposable
{
    internal const string Busybox = "/bin/busybox";
    internal const string NeedsBusybox = "needs a static busybox (apt-get install busybox-static)";
    const int Patience = 180;
    NodeFixture _node = null!;

    public async ValueTask DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_image_of_others_runs_in_a_container_with_variables_volumes_probes_logs_and_exec()
    {
        await StartAsync();
        await _node.CreateAsync("configmaps", "ConfigMap", "settings", Json("""{"data": {"greeting": "hello", "text": "two\nlines"}}"""));
        var key = await _node.RunAsync(
            Json("""{"volumes": [{"name": "settings", "configMap": {"name": "settings"}}, {"name": "scratch", "emptyDir": {}}], "terminationGracePeriodSeconds": 1}"""),
            Json("""
                {"image": "stranger:1", "command": ["/bin/sh", "-c"],
                 "args": ["echo $GREETING $(GREETING) from $(cat /etc/settings/greeting); echo \"$LINES\" > /scratch/lines; mkdir -p /scratch/www; echo answer > /scratch/www/index.html; exec /bin/httpd -f -p $PORT -h /scratch/www"],
                 "env": [{"name": "PORT", "value": "8080"}, {"name": "GREETING", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "greeting"}}}, {"name": "TOKEN", "value": "very-secret"}, {"name": "LINES", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "text"}}}],
                 "ports": [{"name": "http", "containerPort": 8080}], "resources": {"limits": {"memory": "64Mi"}},
                 "securityContext": {"runAsUser": 1654, "runAsNonRoot": true, "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
                 "volumeMounts": [{"name": "settings", "mountPath": "/etc/settings", "readOnly": true}, {"name": "scratch", "mountPath": "/scratch"}],
                 "readinessProbe": {"httpGet": {"path": "/index.html", "port": "http"}, "periodSeconds": 1},
                 "livenessProbe": {"exec": {"command": ["/bin/cat", "/scratch/lines"]}}}
                """), "Always", "web");
        var pod = await _node.WaitAsync(key, p => p.HasCondition("Ready"), Patience);
        Assert.StartsWith($"{engine.Name}://", NodeFixture.Container(pod).Text("containerID"), StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", Arguments(), StringComparison.Ordinal);
        var limit = (await _node.Agent.Context.Engine.FoundAsync())!.LimitsMemory ? 64 << 20 : 0;
        Assert.Equal($"{limit}", await engine.RunAsync("inspect", "--format", "{{.HostConfig.Memory}}", Assert.Single(await ContainersAsync())));
        var kubectl = Kubectl.OrSkip(_node.KubeConfig());
        Assert.Equal("hello hello from hello", (await kubectl.RunAsync("logs", "web")).Output.Trim());
        var (code, output, error) = await kubectl.RunAsync("exec", "web", "--", "/bin/sh", "-c", "cat /scratch/lines; id -u; echo $TOKEN; exit 3");
        Assert.Equal("two\nlines\n1654\nvery-secret\n", output);
        Assert.Equal(3, code);
        Assert.Contains("exit code 3", error, StringComparison.Ordinal);

        await DeleteAsync(key);
        Assert.Empty(await ContainersAsync());
    }

    [Fact]
    public async Task A_container_that_ends_keeps_its_exit_code_and_last_words_and_one_that_ignores_the_end_is_killed()
    {
        await StartAsync();
        var ends = await RunAsync("echo last words; exit 7");
        var ended = await _node.WaitAsync(ends, p => p.Text("status", "phase") == "Failed", Patience);
        var terminated = NodeFixture.Container(ended).Object("state", "terminated")!;
        Assert.Equal((7L, "last words\n"), (terminated.Number("exitCode"), terminated.Text("message")));

        var deaf = await RunAsync("trap '' TERM; echo deaf; while true; do sleep 1; done");
        await NodeFixture.UntilAsync(() => _node.LogOf(deaf).Contains("deaf", StringComparison.Ordinal), null, Patience);
        await DeleteAsync(deaf);
        Assert.Empty(await ContainersAsync());
    }

    [Fact]
    public async Task What_a_killed_agent_left_running_is_removed_by_the_next()
    {
        await StartAsync();
        var left = await engine.RunAsync("run", "--detach", "--stop-timeout=0", "--network=host", "--label", NodeEngine.Label(_node.Options), "stranger:1", "/bin/sleep", "1000");
        await _node.Agent.StopAsync(TestContext.Current.CancellationToken);
        await _node.StartAgentAsync();
        await _node.Agent.Context.Engine.FoundAsync();
        Assert.DoesNotContain(left[..12], await ContainersAsync());
    }

    [Fact]
    public async Task What_cannot_run_says_so_in_plain_words()
    {
        await StartAsync();
        var missing = await RunAsync("true", Json("""{"image": "127.0.0.1:1/nowhere:1"}"""));
        var waits = await _node.WaitAsync(missing, p => NodeFixture.Container(p).Text("state", "waiting", "reason") == "ImagePullBackOff", Patience);
        Assert.Contains($"{engine.Name} cannot pull", NodeFixture.Container(waits).Text("state", "waiting", "message"), StringComparison.Ordinal);

        var root = await RunAsync("true", Json("""{"securityContext": {"runAsNonRoot": true}}"""));
        waits = await _node.WaitAsync(root, p => NodeFixture.Container(p).Text("state", "waiting", "reason") == "CreateContainerConfigError", Patience);
        Assert.Contains("will run as root", NodeFixture.Container(waits).Text("state", "waiting", "message"), StringComparison.Ordinal);

        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Any, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        var second = await RunAsync("true", new JsonObject { ["ports"] = new JsonArray(new JsonObject { ["containerPort"] = port }) });
        waits = await _node.WaitAsync(second, p => NodeFixture.Container(p).Text("state", "waiting", "reason") == "RunContainerError", Patience);
        Assert.Contains($"port {port} of this machine is in use", NodeFixture.Container(waits).Text("state", "waiting", "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_layer_of_an_application_still_runs_as_a_process_and_the_node_names_the_engine()
    {
        await StartAsync();
        var own = await _node.RunScriptAsync("exec sleep 1000");
        var pod = await _node.WaitAsync(own, p => p.HasCondition("Ready"), Patience);
        Assert.StartsWith("dex://", NodeFixture.Container(pod).Text("containerID"), StringComparison.Ordinal);
        await NodeFixture.UntilAsync(() => _node.Registry.Get(new ObjectKey("nodes", "", _node.Options.NodeName))!.ToJson().Text("status", "nodeInfo", "containerRuntimeVersion")!.StartsWith($"{engine.Name}://", StringComparison.Ordinal), null, Patience);
    }

    [Fact]
    public async Task An_image_that_was_built_here_from_a_dockerfile_is_loaded_and_finds_services_by_name()
    {
        await StartAsync();
        var whole = _node.Images.Add("whole", Json("""{"Entrypoint": ["/bin/busybox"], "Cmd": ["echo", "from the image"]}"""), [Archive()], isWhole: true);
        var key = await _node.RunAsync([], new JsonObject { ["image"] = whole });
        await _node.WaitForPhaseAsync(key, "Succeeded");
        Assert.Equal("from the image\n", _node.LogOf(key));

        await _node.CreateAsync("services", "Service", "orders", Json("""{"spec": {"clusterIP": "127.96.0.77", "ports": [{"port": 18081}]}}"""));
        var hosts = await _node.RunAsync([], new JsonObject { ["image"] = whole, ["args"] = new JsonArray("cat", "/etc/hosts") });
        await _node.WaitForPhaseAsync(hosts, "Succeeded");
        Assert.Contains("127.96.0.77\torders.default.svc.cluster.local", _node.LogOf(hosts), StringComparison.Ordinal);
    }

    /// <summary>The arguments of every program of this machine.</summary>
    static string Arguments() => string.Concat(Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(folder[6])).Select(folder =>
    {
        try
        {
            return File.ReadAllText($"{folder}/cmdline");
        }
        catch (IOException)
        {
            return ""; // it has ended
        }
    }));

    Task<ObjectKey> RunAsync(string script, JsonObject? container = null)
    {
        container ??= [];
        container["image"] ??= "stranger:1";
        container["imagePullPolicy"] = "IfNotPresent";
        container["terminationMessagePolicy"] = "FallbackToLogsOnError";
        container["command"] = new JsonArray("/bin/sh", "-c", script);
        return _node.RunAsync(new JsonObject { ["terminationGracePeriodSeconds"] = 1 }, container);
    }

    async Task DeleteAsync(ObjectKey key)
    {
        await _node.Registry.DeleteAsync(key, new DeleteOptions(), TestContext.Current.CancellationToken);
        await NodeFixture.UntilAsync(() => _node.Registry.Get(key) is null, null, Patience);
    }

    static JsonObject Json(string text) => (JsonObject)JsonNode.Parse(text)!;

    async Task StartAsync()
    {
        engine.Require();
        Assert.SkipUnless(File.Exists(Busybox), NeedsBusybox);
        _node = await NodeFixture.StartAsync(options => options with
        {
            Engine = Enum.Parse<EngineChoice>(engine.Name, ignoreCase: true),
            HostEnvironment = engine.Variables,
        });
        using var folder = new TemporaryFolder();
        await File.WriteAllBytesAsync(Path.Combine(folder.Path, "root.tar"), Archive());
        await engine.RunAsync("import", Path.Combine(folder.Path, "root.tar"), "stranger:1");
    }

    /// <summary>A system of busybox alone.</summary>
    internal static byte[] Archive()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "bin"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "tmp"));
        File.Copy(Busybox, Path.Combine(folder.Path, "bin", "busybox"));
        foreach (var applet in new[] { "sh", "cat", "sleep", "httpd", "id", "mkdir", "echo" }) File.CreateSymbolicLink(Path.Combine(folder.Path, "bin", applet), "busybox");
        using var archive = new MemoryStream();
        System.Formats.Tar.TarFile.CreateFromDirectory(folder.Path, archive, includeBaseDirectory: false);
        return archive.ToArray();
    }

    async Task<string[]> ContainersAsync() =>
        (await engine.RunAsync("ps", "--all", "--quiet", "--filter", $"label={NodeEngine.Label(_node.Options)}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
