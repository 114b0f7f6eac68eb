using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.KubeConfig;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;
using Dex.Tests.LocalCluster.Node;

namespace Dex.Tests.Kubernetes.Client;

/// <summary>Logs, exec, attach and port-forward with real processes behind them.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    NodeFixture _node = null!;
    KubeClient _client = null!;

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _node = await NodeFixture.StartAsync();
        var file = _node.KubeConfig();
        var host = new KubeConfigHost { Environment = new Dictionary<string, string>(), HomeDirectory = "/", CurrentDirectory = "/" };
        _client = new(KubeConfigFile.Load([file], host).Connect("dex-local"));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _node.DisposeAsync();
    }

    [Fact]
    public async Task Logs_are_read_and_followed_to_the_end_of_the_container()
    {
        var key = await _node.RunScriptAsync("echo one; sleep 0.2; echo two; sleep 0.2; printf three");
        await _node.WaitAsync(key, _ => _node.LogOf(key).Length > 0);
        var followed = new List<string>();
        await foreach (var line in _client.StreamLogAsync(key.Namespace, key.Name, new() { Follow = true }, Stop))
        {
            followed.Add(line);
        }

        Assert.Equal(["one", "two", "three"], followed);
        Assert.Equal(["two", "three"], await _client.ReadLogAsync(key.Namespace, key.Name, new() { TailLines = 2 }, Stop));
        var unknown = await Assert.ThrowsAsync<KubeApiException>(() => _client.ReadLogAsync(key.Namespace, key.Name, new() { Container = "z" }, Stop));
        Assert.Equal(400, unknown.Status.Code);
    }

    [Fact]
    public async Task Exec_has_all_streams_tells_the_end_of_input_and_returns_the_exit_code()
    {
        var key = await RunAsync("sleep 60");
        var (output, error) = (new MemoryStream(), new MemoryStream());
        var code = await _client.ExecAsync(key.Namespace, key.Name, new(["/bin/sh", "-c", "cat; echo; echo err >&2; exit 7"])
        {
            Input = new MemoryStream("from stdin"u8.ToArray()),
            Output = output,
            Error = error,
        }, Stop);
        Assert.Equal((7, "from stdin\n", "err\n"), (code, Text(output), Text(error)));
    }

    [Fact]
    public async Task Much_output_and_input_arrive_whole_and_an_empty_argument_is_one()
    {
        var key = await RunAsync("sleep 60");
        var input = new byte[1_000_000];
        Random.Shared.NextBytes(input);
        var output = new MemoryStream();
        Assert.Equal(0, await _client.ExecAsync(key.Namespace, key.Name, Request(output, "cat") with { Input = new MemoryStream(input) }, Stop));
        Assert.Equal(input, output.ToArray());

        var words = new MemoryStream();
        await _client.ExecAsync(key.Namespace, key.Name, Request(words, "/bin/sh", "-c", "echo $# $2", "sh", "", "a b&c"), Stop);
        Assert.Equal("2 a b&c\n", Text(words));
    }

    [Fact]
    public async Task A_command_that_cannot_start_and_a_pod_that_is_not_there_are_told_apart()
    {
        var key = await RunAsync("sleep 60");
        var command = await Assert.ThrowsAsync<KubeApiException>(() => _client.ExecAsync(key.Namespace, key.Name, Request(Stream.Null, "no-such-command"), Stop));
        Assert.Contains("no-such-command", command.Message, StringComparison.Ordinal);
        var pod = await Assert.ThrowsAsync<KubeApiException>(() => _client.ExecAsync(key.Namespace, "absent", Request(Stream.Null, "true"), Stop));
        Assert.True(pod.IsNotFound);
    }

    [Fact]
    public async Task A_terminal_is_one_and_learns_its_size()
    {
        var key = await RunAsync("sleep 60");
        var output = new MemoryStream();
        var request = Request(output, "/bin/sh", "-c", "test -t 0 && echo terminal; until stty size | grep 34; do sleep 0.02; done; exit 4");
        Assert.Equal(4, await _client.ExecAsync(key.Namespace, key.Name, request with { Terminal = new(91, 33), Sizes = Once(new(91, 34)), Input = new BlockingStream() }, Stop));
        Assert.Equal("terminal\r\n34 91\r\n", Text(output));
    }

    [Fact]
    public async Task Attach_sees_the_output_and_feeds_the_input()
    {
        var key = await RunAsync("while read line; do echo got $line; done; echo end; exit 3", new() { ["stdin"] = true, ["stdinOnce"] = true }, "Never");
        var input = new Pipe();
        var output = new MemoryStream();
        var attached = _client.AttachAsync(key.Namespace, key.Name, Request(output) with { Input = input.Reader.AsStream() }, Stop);
        await input.Writer.WriteAsync("one\ntwo\n"u8.ToArray(), Stop);
        await NodeFixture.UntilAsync(() => _node.LogOf(key).Contains("got two", StringComparison.Ordinal));
        await input.Writer.CompleteAsync();
        await attached;
        Assert.Contains("got one\ngot two\n", Text(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_local_port_leads_to_the_pod_and_a_closed_one_says_so()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/perl"), "needs perl for its test server");
        var key = await _node.RunAsync([], JsonNode.Parse($$"""
            {"command": ["perl", "-e", {{JsonValue.Create(ProbeTests.Server.Replace("$", "$$")).ToJsonString()}}], "ports": [{"containerPort": 8080}], "env": [{"name": "PORT", "value": "8080"}, {"name": "NAME", "value": "forwarded"}]}
            """)!.AsObject(), "Always");
        await _node.WaitAsync(key, _ => _node.LogOf(key) == "up\n");
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero });
        var address = new Uri($"http://{listener.LocalEndpoint}/");
        for (var i = 0; i < 2; i++)
        {
            var answer = http.GetStringAsync(address, Stop);
            await _client.ForwardAsync(key.Namespace, key.Name, 8080, await listener.AcceptSocketAsync(Stop), Stop);
            Assert.Equal("forwarded", await answer);
        }

        using var dialled = new TcpClient();
        await dialled.ConnectAsync((System.Net.IPEndPoint)listener.LocalEndpoint, Stop);
        var accepted = await listener.AcceptSocketAsync(Stop);
        var refused = await Assert.ThrowsAsync<KubeApiException>(() => _client.ForwardAsync(key.Namespace, key.Name, 9, accepted, Stop));
        Assert.Contains("refused", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await dialled.GetStream().ReadAsync(new byte[1], Stop));
    }

    [Fact]
    public async Task Cancelling_ends_a_command_that_does_not_end_by_itself()
    {
        var key = await RunAsync("sleep 60");
        using var patience = new CancellationTokenSource();
        var running = _client.ExecAsync(key.Namespace, key.Name, Request(new NotifyingStream(patience.Cancel), "/bin/sh", "-c", "echo up; sleep 60"), patience.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    async Task<ObjectKey> RunAsync(string script, JsonObject? container = null, string restartPolicy = "Always")
    {
        var key = await _node.RunScriptAsync(script, restartPolicy, container);
        await _node.WaitAsync(key, p => p.HasCondition("Ready"));
        return key;
    }

    static ExecRequest Request(Stream output, params string[] command) => new(command) { Output = output, Error = Stream.Null };

    static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());

    static async IAsyncEnumerable<TerminalSize> Once(TerminalSize size)
    {
        yield return size;
        await Task.CompletedTask;
    }

    /// <summary>A keyboard that nobody touches.</summary>
    sealed class BlockingStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }

    sealed class NotifyingStream(Action written) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            written();
            return ValueTask.CompletedTask;
        }
    }
}
