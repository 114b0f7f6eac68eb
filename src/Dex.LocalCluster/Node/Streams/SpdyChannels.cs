using System.Text;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Node.Streams;

/// <summary>exec and attach over SPDY: one stream for each of error, stdin, stdout, stderr and resize.</summary>
sealed class SpdyChannels : CommandChannels
{
    readonly Dictionary<string, SpdyStream> _streams;
    readonly Task _running;

    SpdyChannels(Dictionary<string, SpdyStream> streams, Task running) => (_streams, _running) = (streams, running);

    /// <summary>Waits until the client has opened the streams that go with its request.</summary>
    public static async Task<SpdyChannels> OpenAsync(SpdyConnection connection, CommandOptions options, CancellationToken cancel)
    {
        string[] wanted = ["error", .. options.Stdin ? ["stdin"] : Array.Empty<string>(), .. options.Stdout ? ["stdout"] : Array.Empty<string>(),
            .. options.Stderr && !options.Terminal ? ["stderr"] : Array.Empty<string>(), .. options.Terminal ? ["resize"] : Array.Empty<string>()];
        var streams = new Dictionary<string, SpdyStream>();
        var complete = new TaskCompletionSource();
        connection.OnStream = stream =>
        {
            streams[stream.Headers.GetValueOrDefault("streamtype", "")] = stream;
            if (wanted.All(streams.ContainsKey)) complete.TrySetResult();
        };
        var running = connection.RunAsync(cancel);
        await Task.WhenAny(complete.Task, running).WaitAsync(TimeSpan.FromSeconds(30), cancel);
        if (!complete.Task.IsCompleted) throw new IOException("the client went away before it had opened its streams");
        return new(streams, running);
    }

    protected override async Task ReceiveAllAsync(CancellationToken cancel)
    {
        var readers = new List<Task>();
        if (_streams.TryGetValue("stdin", out var input)) readers.Add(ReadAsync(input, bytes => OnInput(bytes), () => OnInputEnd(), cancel));
        if (_streams.TryGetValue("resize", out var sizes)) readers.Add(ReadAsync(sizes, bytes => Resize(bytes.Span), static () => { }, cancel));
        await _running;
        await Task.WhenAll(readers);
    }

    static async Task ReadAsync(SpdyStream stream, Action<ReadOnlyMemory<byte>> handle, Action ended, CancellationToken cancel)
    {
        while (true)
        {
            var read = await stream.Input.ReadAsync(cancel);
            foreach (var part in read.Buffer) handle(part);
            stream.Input.AdvanceTo(read.Buffer.End);
            if (!read.IsCompleted) continue;
            ended();
            return;
        }
    }

    public override Task SendAsync(bool error, ReadOnlyMemory<byte> bytes, CancellationToken cancel) =>
        _streams.TryGetValue(error ? "stderr" : "stdout", out var stream) ? stream.SendAsync(bytes, cancel) : Task.CompletedTask;

    public override async Task EndAsync(JsonObject status, CancellationToken cancel)
    {
        await _streams["error"].SendAsync(Encoding.UTF8.GetBytes(status.ToJsonString()), cancel);
        foreach (var stream in _streams.Values) await stream.EndAsync(cancel);
    }
}
