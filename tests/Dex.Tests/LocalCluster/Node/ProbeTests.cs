using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.Tests.LocalCluster.Node;

/// <summary>Probes, hooks and Services against a real little server.</summary>
public sealed class ProbeTests : IAsyncLifetime
{
    /// <summary>Answers with its name; GET /health fails while the file exists that FAIL names.</summary>
    internal const string Server = """
        use IO::Socket::INET; $| = 1;
        my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ENV{LISTEN} || $ENV{PORT}, Listen => 50, ReuseAddr => 1) or die "listen: $!";
        print "up\n";
        while (my $c = $s->accept) {
            my $line = <$c>; while (defined(my $h = <$c>)) { last if $h =~ /^\r?\n$/ }
            my $status = ($line =~ m{/health} && $ENV{FAIL} && -e $ENV{FAIL}) ? "503 No" : "200 OK";
            my $name = $ENV{NAME} || 'server';
            print $c "HTTP/1.1 $status\r\nContent-Length: " . length($name) . "\r\nConnection: close\r\n\r\n$name"; close $c;
        }
        """;

    NodeFixture _node = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/perl"), "needs perl for its test server");
        _node = await NodeFixture.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }

    [Fact]
    public async Task A_pod_is_ready_when_its_probe_succeeds_long_before_the_next_period()
    {
        var key = await RunServerAsync("""{"readinessProbe": {"httpGet": {"path": "/health", "port": "http"}, "periodSeconds": 600}, "startupProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 600}}""");

        var pod = await _node.WaitAsync(key, p => p.HasCondition("Ready"));

        Assert.True(NodeFixture.Container(pod).Flag("started"));
        Assert.Equal(0, NodeFixture.Container(pod).Number("restartCount"));
    }

    [Fact]
    public async Task Readiness_follows_the_probe()
    {
        var flag = Path.Combine(_node.Options.DataDirectory, "flag");
        await File.WriteAllTextAsync(flag, "", TestContext.Current.CancellationToken);
        var key = await RunServerAsync("""{"readinessProbe": {"httpGet": {"path": "/health", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1}}""", ("FAIL", flag));
        await NodeFixture.UntilAsync(() => _node.EventsOf(key).Any(e => e.Text("message") == "Readiness probe failed: HTTP probe failed with statuscode: 503"));
        Assert.False(_node.Get(key).HasCondition("Ready"));

        File.Delete(flag);
        await _node.WaitAsync(key, p => p.HasCondition("Ready"));
        await File.WriteAllTextAsync(flag, "", TestContext.Current.CancellationToken);

        await _node.WaitAsync(key, p => !p.HasCondition("Ready") && p.Condition("Ready")!.Text("reason") == "ContainersNotReady");
    }

    [Fact]
    public async Task A_failed_liveness_probe_restarts_the_container()
    {
        var key = await _node.RunScriptAsync("trap 'exit 5' TERM; while :; do sleep 0.02; done", "Always",
            JsonNode.Parse("""{"livenessProbe": {"exec": {"command": ["/bin/sh", "-c", "echo sick; exit 1"]}, "periodSeconds": 1, "failureThreshold": 1}}""")!.AsObject());

        var pod = await _node.WaitAsync(key, p => NodeFixture.Container(p).Number("restartCount") == 1);

        Assert.Equal(5, NodeFixture.Container(pod).Number("lastState", "terminated", "exitCode"));
        await NodeFixture.UntilAsync(() => _node.EventsOf(key).Any(e => e.Text("message") == "Liveness probe failed: command exited with 1: sick"));
        await NodeFixture.UntilAsync(() => _node.EventsOf(key).Any(e => e.Text("reason") == "Killing" && e.Text("message") == "Container main failed liveness probe, will be restarted"));
    }

    [Fact]
    public async Task A_program_on_a_port_of_its_own_is_told_about_PORT()
    {
        var port = LoopbackPort.Free();
        var key = await RunServerAsync("""{"readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1}}""", ("LISTEN", port.ToString()));

        await NodeFixture.UntilAsync(() => _node.EventsOf(key).Any(e => e.Text("reason") == "WrongPort" && e.Text("message")!.Contains($"listens on {port}, not on $PORT")));
    }

    [Fact]
    public async Task Hooks_run_after_the_start_and_before_the_end()
    {
        var spec = new JsonObject { ["volumes"] = JsonNode.Parse("""[{"name": "data", "emptyDir": {}}]""") };
        var container = JsonNode.Parse("""
            {"volumeMounts": [{"name": "data", "mountPath": "/data"}],
             "lifecycle": {"postStart": {"exec": {"command": ["/bin/sh", "-c", "echo post >> /data/log"]}}, "preStop": {"exec": {"command": ["/bin/sh", "-c", "echo pre >> /data/log"]}}}}
            """)!.AsObject();
        var key = await _node.RunScriptAsync("trap 'echo term >> /data/log; cat /data/log > /dev/termination-log; exit 0' TERM; until [ -s /data/log ]; do sleep 0.02; done; echo up; while :; do sleep 0.02; done", "Always", container, spec);
        await _node.WaitAsync(key, _ => _node.LogOf(key) == "up\n");
        var messages = new List<string?>();
        using var watch = _node.Registry.Subscribe("pods", c => { lock (messages) messages.Add(NodeFixture.Container(c.Object.ToJson()).Text("state", "terminated", "message")); }, replay: false);

        await _node.Registry.DeleteAsync(key, new(), TestContext.Current.CancellationToken);

        await NodeFixture.UntilAsync(() => { lock (messages) return messages.Contains("post\npre\nterm\n"); });
    }

    [Fact]
    public async Task A_ClusterIP_answers_in_turn_from_every_ready_pod()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs the loopback network of Linux");
        var pods = new[] { await RunServerAsync("{}", ("NAME", "a")), await RunServerAsync("{}", ("NAME", "b")) };
        foreach (var pod in pods) await _node.WaitAsync(pod, _ => _node.LogOf(pod) == "up\n");
        var port = LoopbackPort.Free();
        await _node.CreateAsync("services", "Service", "web", new() { ["spec"] = new JsonObject { ["clusterIP"] = "127.77.1.2", ["ports"] = new JsonArray(new JsonObject { ["port"] = port }) } });
        await _node.CreateAsync("endpointslices.discovery.k8s.io", "EndpointSlice", "web", new()
        {
            ["metadata"] = new JsonObject { ["labels"] = new JsonObject { ["kubernetes.io/service-name"] = "web" } },
            ["addressType"] = "IPv4",
            ["ports"] = new JsonArray(new JsonObject { ["name"] = "", ["port"] = 8080 }),
            ["endpoints"] = new JsonArray([.. pods.Select(p => (JsonNode)new JsonObject
            {
                ["addresses"] = new JsonArray(_node.Get(p).Text("status", "podIP")),
                ["targetRef"] = new JsonObject { ["kind"] = "Pod", ["name"] = p.Name, ["uid"] = _node.Get(p).Uid() },
            })]),
        });
        await NodeFixture.UntilAsync(() => _node.Agent.Endpoints.Next("default", "web", "").Count == 2 && _node.Agent.Services.Find(new ObjectKey("services", "default", "web"), "") is not null);

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });
        var answers = new List<string>();
        for (var i = 0; i < 4; i++) answers.Add(await client.GetStringAsync(new Uri($"http://127.77.1.2:{port}/"), TestContext.Current.CancellationToken));

        Assert.Equal(2, answers.Count(a => a == "a"));
        Assert.Equal(2, answers.Count(a => a == "b"));
    }

    Task<ObjectKey> RunServerAsync(string container, params (string Name, string Value)[] variables)
    {
        var body = JsonNode.Parse(container)!.AsObject();
        body["command"] = new JsonArray("perl", "-e", Server.Replace("$", "$$"));
        body["ports"] = new JsonArray(new JsonObject { ["name"] = "http", ["containerPort"] = 8080 });
        body["env"] = new JsonArray([new JsonObject { ["name"] = "PORT", ["value"] = "8080" }, .. variables.Select(v => new JsonObject { ["name"] = v.Name, ["value"] = v.Value })]);
        return _node.RunAsync([], body, "Always");
    }
}
