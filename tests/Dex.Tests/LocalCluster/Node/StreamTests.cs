using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.Tests.LocalCluster.Node;

/// <summary>Logs, exec, attach, copy and port-forward as kubectl does them.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    NodeFixture _node = null!;
    Kubectl _kubectl = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await NodeFixture.StartAsync();
        _kubectl = Kubectl.OrSkip(_node.KubeConfig());
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task Logs_can_be_cut_and_stamped()
    {
        var key = await RunToEndAsync("for i in 1 2 3 4 5; do echo line $i; done; echo oops");

        Assert.Equal("line 5\noops\n", (await _kubectl.RunAsync("logs", key.Name, "--tail=2")).Output);
        Assert.Equal("line 1\nli", (await _kubectl.RunAsync("logs", key.Name, "--limit-bytes=9")).Output);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z line 5\n", (await _kubectl.RunAsync("logs", key.Name, "--tail=2", "--timestamps")).Output);
        Assert.Equal("", (await _kubectl.RunAsync("logs", key.Name, "--since-time=2999-01-01T00:00:00Z")).Output);
        Assert.Contains("container z is not valid for pod", (await _kubectl.RunAsync("logs", key.Name, "-c", "z")).Error);
        Assert.Contains("previous terminated container \"main\"", (await _kubectl.RunAsync("logs", key.Name, "-p")).Error);
    }

    [Fact]
    public async Task Logs_are_followed_to_the_end_of_the_container()
    {
        var key = await _node.RunScriptAsync("echo one; sleep 0.3; echo two; sleep 0.3; printf three");
        await _node.WaitAsync(key, _ => _node.LogOf(key).Length > 0);

        var (code, output, _) = await _kubectl.RunAsync("logs", "-f", key.Name);

        Assert.Equal(0, code);
        Assert.Equal("one\ntwo\nthree", output);
    }

    [Fact]
    public async Task Logs_of_the_run_before_are_kept()
    {
        var key = await _node.RunScriptAsync("echo run of $$$$; exit 1", "Always");
        await _node.WaitAsync(key, p => NodeFixture.Container(p).Text("state", "waiting", "reason") == "CrashLoopBackOff");

        Assert.StartsWith("run of", (await _kubectl.RunAsync("logs", key.Name, "--previous")).Output);
        Assert.StartsWith("run of", (await _kubectl.RunAsync("logs", key.Name)).Output);
    }

    [Fact]
    public async Task A_waiting_container_says_what_for()
    {
        var key = await _node.RunScriptAsync("true", container: new() { ["image"] = "nothing:1" });
        await _node.WaitAsync(key, p => NodeFixture.Container(p).Text("state", "waiting", "reason") == "ImagePullBackOff");

        Assert.Contains($"container \"main\" in pod \"{key.Name}\" is waiting to start: ImagePullBackOff", (await _kubectl.RunAsync("logs", key.Name)).Error);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Exec_runs_inside_with_all_streams_and_the_exit_code(string webSockets)
    {
        var key = await RunAsync("sleep 60", new() { ["env"] = JsonNode.Parse("""[{"name": "COLOR", "value": "blue"}]""") });
        _kubectl.Environment["KUBECTL_REMOTE_COMMAND_WEBSOCKETS"] = webSockets;

        var (code, output, error) = await _kubectl.RunWithInputAsync("from stdin", "exec", "-i", key.Name, "--", "/bin/sh", "-c", "cat; echo; echo $COLOR; echo err >&2; exit 7");

        Assert.Equal("from stdin\nblue\n", output);
        Assert.StartsWith("err\n", error);
        Assert.Equal(7, code);
    }

    [Fact]
    public async Task Much_output_arrives_whole()
    {
        var key = await RunAsync("sleep 60");

        var (_, output, _) = await _kubectl.RunAsync("exec", key.Name, "--", "/bin/sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo line number $i; i=$((i+1)); done");

        Assert.Equal(20000, output.Count(c => c == '\n'));
        Assert.EndsWith("line number 19999\n", output);
    }

    [Fact]
    public async Task A_command_that_does_not_exist_is_an_error()
    {
        var key = await RunAsync("sleep 60");

        var (code, _, error) = await _kubectl.RunAsync("exec", key.Name, "--", "no-such-command");

        Assert.NotEqual(0, code);
        Assert.Contains("program `no-such-command` is not on this machine", error);
    }

    [Fact]
    public async Task A_terminal_is_one()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "needs script(1) to give kubectl a terminal");
        var key = await RunAsync("sleep 60");
        var command = _kubectl.CommandLine("exec", "-it", key.Name, "--", "/bin/sh", "-c", "'test -t 0 && test -t 1 && echo terminal $TERM; until stty size | grep -v ^0; do sleep 0.02; done; exit 4'");

        using var script = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/usr/bin/script", ["-qec", $"stty cols 91 rows 33; {command}", "/dev/null"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true })!;
        var output = await script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await script.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Contains("terminal", output);
        Assert.Contains("33 91", output);
        Assert.Equal(4, script.ExitCode);
    }

    [Fact]
    public async Task Attach_sees_the_output_and_feeds_the_input()
    {
        var key = await RunAsync("while read line; do echo got $line; done; echo end", new() { ["stdin"] = true, ["stdinOnce"] = true });

        using var attach = _kubectl.Start("attach", "-i", key.Name);
        await attach.StandardInput.WriteLineAsync("one");
        await attach.StandardInput.WriteLineAsync("two");
        await NodeFixture.UntilAsync(() => _node.LogOf(key).Contains("got two"));
        attach.StandardInput.Close();
        var output = await attach.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await attach.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Contains("got one\ngot two\n", output);
    }

    [Fact]
    public async Task Files_are_copied_both_ways()
    {
        var key = await RunAsync("sleep 60", new() { ["workingDir"] = "/app" });
        var folder = Path.GetDirectoryName(_node.KubeConfig())!;
        await File.WriteAllTextAsync(Path.Combine(folder, "up.txt"), "content", TestContext.Current.CancellationToken);

        var up = await _kubectl.RunAsync("cp", Path.Combine(folder, "up.txt"), $"default/{key.Name}:up.txt");
        var down = await _kubectl.RunAsync("cp", $"default/{key.Name}:up.txt", Path.Combine(folder, "down.txt"));

        Assert.True(up.Code == 0 && down.Code == 0, up.Error + down.Error);
        Assert.Equal("content", await File.ReadAllTextAsync(Path.Combine(folder, "down.txt"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task A_port_is_forwarded(string webSockets)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/perl"), "needs perl for its test server");
        var key = await _node.RunAsync([], JsonNode.Parse($$"""
            {"command": ["perl", "-e", {{JsonValue.Create(ProbeTests.Server.Replace("$", "$$")).ToJsonString()}}], "ports": [{"containerPort": 8080}], "env": [{"name": "PORT", "value": "8080"}, {"name": "NAME", "value": "forwarded"}]}
            """)!.AsObject(), "Always");
        await _node.WaitAsync(key, _ => _node.LogOf(key) == "up\n");
        _kubectl.Environment["KUBECTL_PORT_FORWARD_WEBSOCKETS"] = webSockets;

        using var forward = _kubectl.Start("port-forward", $"pod/{key.Name}", ":8080", ":9");
        try
        {
            var first = await PortOfAsync(forward);
            var second = await PortOfAsync(forward);
            using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
            for (var i = 0; i < 3; i++) Assert.Equal("forwarded", await client.GetStringAsync(new Uri($"http://127.0.0.1:{first}/"), TestContext.Current.CancellationToken));
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(new Uri($"http://127.0.0.1:{second}/"), TestContext.Current.CancellationToken));
            Assert.Contains("connection refused", await forward.StandardError.ReadLineAsync(TestContext.Current.CancellationToken));
        }
        catch (HttpRequestException e)
        {
            forward.Kill();
            Assert.Fail($"{e.Message}: {await forward.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken)}");
        }
        finally
        {
            forward.Kill();
        }
    }

    // Forwarding from 127.0.0.1:34567 -> 8080
    static async Task<string> PortOfAsync(System.Diagnostics.Process forward)
    {
        while (true)
        {
            var line = await forward.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            if (line is null) Assert.Fail(await forward.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            if (line.StartsWith("Forwarding from 127.0.0.1:")) return line[26..].Split(' ')[0];
        }
    }

    async Task<ObjectKey> RunAsync(string script, JsonObject? container = null)
    {
        var key = await _node.RunScriptAsync(script, "Always", container);
        await _node.WaitAsync(key, p => p.HasCondition("Ready"));
        return key;
    }

    async Task<ObjectKey> RunToEndAsync(string script)
    {
        var key = await _node.RunScriptAsync(script);
        await _node.WaitAsync(key, p => p.Text("status", "phase") is "Succeeded" or "Failed");
        return key;
    }
}
