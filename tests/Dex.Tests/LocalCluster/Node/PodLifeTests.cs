using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;

namespace Dex.Tests.LocalCluster.Node;

public sealed class PodLifeTests : IAsyncLifetime
{
    NodeFixture _node = null!;

    public async ValueTask InitializeAsync() => _node = await NodeFixture.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_program_that_ends_well_makes_the_pod_succeed()
    {
        var key = await _node.RunScriptAsync("echo out; echo err >&2");

        var pod = await _node.WaitForPhaseAsync(key, "Succeeded");

        var ended = NodeFixture.Container(pod).Object("state", "terminated")!;
        Assert.Equal("Completed", ended.Text("reason"));
        Assert.Equal(0, ended.Number("exitCode"));
        Assert.Equal("PodCompleted", pod.Condition("Ready")!.Text("reason"));
        Assert.Equal(["err", "out"], _node.LogOf(key).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("kill -TERM $$$$", 143)]
    public async Task The_exit_code_is_kept(string script, int code)
    {
        var pod = await _node.WaitForPhaseAsync(await _node.RunScriptAsync(script), "Failed");

        Assert.Equal(code, NodeFixture.Container(pod).Number("state", "terminated", "exitCode"));
        Assert.Equal("Error", NodeFixture.Container(pod).Text("state", "terminated", "reason"));
    }

    [Fact]
    public async Task A_running_pod_is_ready_and_has_an_address()
    {
        var key = await _node.RunScriptAsync("sleep 60", "Always");

        var pod = await _node.WaitAsync(key, p => p.HasCondition("Ready"));

        Assert.Equal("Running", pod.Text("status", "phase"));
        Assert.StartsWith("127.", pod.Text("status", "podIP"));
        foreach (var type in new[] { "Initialized", "ContainersReady", "PodScheduled", "PodReadyToStartContainers" }) Assert.True(pod.HasCondition(type), type);
        Assert.True(NodeFixture.Container(pod).Flag("started"));
        await NodeFixture.UntilAsync(() => _node.EventsOf(key).Count >= 3);
        Assert.Equal(["Created", "Pulled", "Started"], _node.EventsOf(key).Select(e => e.Text("reason")!).Order());
    }

    [Fact]
    public async Task The_first_restart_is_immediate_and_the_second_waits()
    {
        var key = await _node.RunScriptAsync("echo run; exit 3", "Always");

        var pod = await _node.WaitAsync(key, p => NodeFixture.Container(p).Text("state", "waiting", "reason") == "CrashLoopBackOff");

        var status = NodeFixture.Container(pod);
        Assert.Equal(1, status.Number("restartCount"));
        Assert.Equal(3, status.Number("lastState", "terminated", "exitCode"));
        Assert.StartsWith("back-off 10s restarting failed container=main", status.Text("state", "waiting", "message"));
        Assert.Equal("Running", pod.Text("status", "phase"));
        Assert.Equal("run\n", _node.LogOf(key, restart: 0));
        Assert.Equal("run\n", _node.LogOf(key, restart: 1));
    }

    [Fact]
    public async Task OnFailure_restarts_only_what_failed()
    {
        var key = await _node.RunScriptAsync("if [ -f /data/once ]; then exit 0; fi; touch /data/once; exit 1", "OnFailure",
            new() { ["volumeMounts"] = new JsonArray(new JsonObject { ["name"] = "data", ["mountPath"] = "/data" }) },
            new() { ["volumes"] = new JsonArray(new JsonObject { ["name"] = "data", ["emptyDir"] = new JsonObject() }) });

        var pod = await _node.WaitForPhaseAsync(key, "Succeeded");

        Assert.Equal(1, NodeFixture.Container(pod).Number("restartCount"));
    }

    [Fact]
    public async Task Deleting_sends_TERM_and_waits_for_the_program()
    {
        var key = await _node.RunScriptAsync("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done", "Always");
        await _node.WaitAsync(key, _ => _node.LogOf(key) == "up\n");
        var states = new List<JsonObject>();
        using var watch = _node.Registry.Subscribe("pods", c => states.Add(c.Object.ToJson()), replay: false);

        await _node.Registry.DeleteAsync(key, new DeleteOptions(), TestContext.Current.CancellationToken);
        await NodeFixture.UntilAsync(() => _node.Registry.Get(key) is null);
        await NodeFixture.UntilAsync(() => states.Exists(s => s.Text("status", "phase") == "Succeeded"), () => string.Join('\n', states));

        Assert.Equal(0, NodeFixture.Container(states[^1]).Number("state", "terminated", "exitCode"));
    }

    [Fact]
    public async Task A_program_that_ignores_TERM_is_killed_after_the_grace_period_with_all_its_children()
    {
        var key = await _node.RunScriptAsync("trap '' TERM; setsid sleep 4242 & sleep 4343 & echo $! ; echo up; wait; sleep 60", "Always",
            pod: new() { ["terminationGracePeriodSeconds"] = 1 });
        await _node.WaitAsync(key, _ => _node.LogOf(key).Contains("up"));

        await _node.Registry.DeleteAsync(key, new DeleteOptions(), TestContext.Current.CancellationToken);
        await NodeFixture.UntilAsync(() => _node.Registry.Get(key) is null);

        await NodeFixture.UntilAsync(() => !RunningCommands().Exists(c => c.Contains("sleep\04242") || c.Contains("sleep\04343")));
    }

    [Fact]
    public async Task A_force_deletion_ends_the_processes_at_once()
    {
        var key = await _node.RunScriptAsync("trap '' TERM; echo up; sleep 4545", "Always");
        await _node.WaitAsync(key, _ => _node.LogOf(key) == "up\n");

        await _node.Registry.DeleteAsync(key, new DeleteOptions { GracePeriodSeconds = 0 }, TestContext.Current.CancellationToken);

        Assert.Null(_node.Registry.Get(key));
        await NodeFixture.UntilAsync(() => !RunningCommands().Exists(c => c.Contains("sleep\04545")));
    }

    [Fact]
    public async Task Init_containers_run_first_and_a_sidecar_outlives_the_main_program()
    {
        var spec = new JsonObject
        {
            ["volumes"] = new JsonArray(new JsonObject { ["name"] = "data", ["emptyDir"] = new JsonObject() }),
            ["initContainers"] = new JsonArray(
                Step("one", "echo one >> /data/order"),
                With(Step("side", "echo side >> /data/order; trap 'echo side-end >> /data/order; cat /data/order > /dev/termination-log; exit 0' TERM; while :; do sleep 0.02; done"), "restartPolicy", "Always"),
                Step("two", "until grep -q side /data/order; do sleep 0.02; done; echo two >> /data/order")),
        };

        var key = await _node.RunAsync(spec, Step("main", "echo main >> /data/order"));
        var pod = await _node.WaitForPhaseAsync(key, "Succeeded");

        Assert.Equal("one\nside\ntwo\nmain\nside-end\n", NodeFixture.Container(pod, "side").Text("state", "terminated", "message"));
    }

    [Fact]
    public async Task A_failed_init_container_fails_a_pod_that_does_not_restart()
    {
        var key = await _node.RunAsync(new() { ["initContainers"] = new JsonArray(Step("one", "exit 9", mount: false)) }, Step("main", "echo never", mount: false));

        var pod = await _node.WaitForPhaseAsync(key, "Failed");

        Assert.Equal(9, NodeFixture.Container(pod, "one").Number("state", "terminated", "exitCode"));
        Assert.Equal("PodInitializing", NodeFixture.Container(pod).Text("state", "waiting", "reason"));
    }

    [Fact]
    public async Task The_termination_message_is_read_from_its_file_or_the_log()
    {
        var fromFile = await _node.WaitForPhaseAsync(await _node.RunScriptAsync("echo why > /dev/termination-log; exit 1"), "Failed");
        var fromLog = await _node.WaitForPhaseAsync(await _node.RunScriptAsync("echo last words; exit 1", container: new() { ["terminationMessagePolicy"] = "FallbackToLogsOnError" }), "Failed");

        Assert.Equal("why\n", NodeFixture.Container(fromFile).Text("state", "terminated", "message"));
        Assert.Equal("last words\n", NodeFixture.Container(fromLog).Text("state", "terminated", "message"));
    }

    [Fact]
    public async Task A_pod_over_its_deadline_fails()
    {
        var key = await _node.RunScriptAsync("sleep 60", pod: new() { ["activeDeadlineSeconds"] = 1 });

        var pod = await _node.WaitForPhaseAsync(key, "Failed");

        Assert.Equal("DeadlineExceeded", pod.Text("status", "reason"));
    }

    [Fact]
    public async Task Pods_come_back_with_the_next_agent_and_their_restarts_are_counted()
    {
        var key = await _node.RunScriptAsync("echo up; sleep 4646", "Always");
        var never = await _node.RunScriptAsync("echo up; sleep 4646");
        await _node.WaitAsync(key, p => _node.LogOf(key) == "up\n" && NodeFixture.Container(p).Object("state", "running") is not null);
        await _node.WaitAsync(never, p => _node.LogOf(never) == "up\n" && NodeFixture.Container(p).Object("state", "running") is not null);

        await _node.Agent.StopAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(RunningCommands(), c => c.Contains("sleep\04646"));
        await _node.StartAgentAsync();

        var pod = await _node.WaitAsync(key, p => NodeFixture.Container(p).Number("restartCount") == 1 && p.HasCondition("Ready"));
        Assert.Equal("ContainerStatusUnknown", NodeFixture.Container(pod).Text("lastState", "terminated", "reason"));
        Assert.Equal(137, NodeFixture.Container(await _node.WaitForPhaseAsync(never, "Failed")).Number("state", "terminated", "exitCode"));
    }

    [Theory]
    [InlineData("postgres:17", "is not among the images on this machine")]
    [InlineData("dex.local/a/b@sha256:0000000000000000000000000000000000000000000000000000000000000000", "is not among the images on this machine")]
    public async Task An_image_that_is_not_here_is_ImagePullBackOff(string image, string message)
    {
        var key = await _node.RunScriptAsync("true", container: new() { ["image"] = image });

        var pod = await _node.WaitAsync(key, p => NodeFixture.Container(p).Text("state", "waiting", "reason") == "ImagePullBackOff");

        Assert.Contains(message, NodeFixture.Container(pod).Text("state", "waiting", "message"));
        Assert.Equal("Pending", pod.Text("status", "phase"));
    }

    [Fact]
    public async Task A_missing_program_is_named()
    {
        var key = await _node.RunScriptAsync("x", container: new() { ["command"] = new JsonArray("no-such-runtime") });

        var pod = await _node.WaitAsync(key, p => NodeFixture.Container(p).Text("state", "waiting", "reason") == "RunContainerError");

        Assert.Equal("program `no-such-runtime` is not on this machine", NodeFixture.Container(pod).Text("state", "waiting", "message"));
    }

    static List<string> RunningCommands()
    {
        var commands = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(f => int.TryParse(Path.GetFileName(f), out _)))
        {
            try
            {
                commands.Add(File.ReadAllText($"{folder}/cmdline"));
            }
            catch (IOException)
            {
                // Gone meanwhile.
            }
        }
        return commands;
    }

    JsonObject Step(string name, string script, bool mount = true) => new()
    {
        ["name"] = name,
        ["image"] = _node.Shell,
        ["args"] = new JsonArray(script),
        ["volumeMounts"] = mount ? new JsonArray(new JsonObject { ["name"] = "data", ["mountPath"] = "/data" }) : new JsonArray(),
    };

    static JsonObject With(JsonObject container, string field, string value)
    {
        container[field] = value;
        return container;
    }
}
