using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Node.Pods;
using Dex.LocalCluster.Node.Processes;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Node.Streams;

/// <summary><c>pods/exec</c> and <c>pods/attach</c>.</summary>
sealed class CommandEndpoint(NodeAgent agent)
{
    public Task ExecAsync(HttpContext context, StoredObject stored, CancellationToken cancel) => ServeAsync(context, stored, RunAsync, cancel);

    public Task AttachAsync(HttpContext context, StoredObject stored, CancellationToken cancel) => ServeAsync(context, stored, JoinAsync, cancel);

    async Task ServeAsync(HttpContext context, StoredObject stored, Func<CommandChannels, ContainerRecord, CommandOptions, CancellationToken, Task<JsonObject>> serve, CancellationToken cancel)
    {
        var pod = stored.ToJson();
        var name = ContainerChoice.Choose(pod, context.Request.Query["container"]);
        ContainerChoice.CheckHost(pod);
        var container = agent.Find(pod.Uid())?.Containers.FirstOrDefault(c => c.Name == name);
        if (container is not { IsRunning: true, Setup: not null, Process: not null }) throw StreamErrors.Internal($"unable to upgrade connection: container {name} of pod {pod.Name()} is not running");
        var options = CommandOptions.From(context.Request.Query);
        if (await OpenAsync(context, options, cancel) is not { } channels) return;
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var receiving = ReceiveAsync(channels, gone);
        try
        {
            var status = await serve(channels, container, options, gone.Token);
            channels.Begin(); // it may not even have started
            await channels.EndAsync(status, gone.Token);
            // The client closes after it has read the end; without an answer we do not wait for ever.
            await Task.WhenAny(receiving, Task.Delay(TimeSpan.FromSeconds(5), agent.Context.Time, cancel));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or WebSocketException)
        {
            // The client went away.
        }
        finally
        {
            await gone.CancelAsync();
            await receiving;
        }
    }

    static async Task<CommandChannels?> OpenAsync(HttpContext context, CommandOptions options, CancellationToken cancel)
    {
        if (WebSocketHandshake.IsRequested(context))
        {
            var protocol = WebSocketHandshake.Choose(context, WebSocketChannels.Protocols) ?? throw StreamErrors.BadRequest("unable to upgrade: no common protocol");
            return new WebSocketChannels(await WebSocketHandshake.AcceptAsync(context, protocol));
        }
        if (!SpdyUpgrade.IsRequested(context)) throw StreamErrors.BadRequest("Upgrade request required");
        var connection = await SpdyUpgrade.AcceptAsync(context, ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"]);
        return await SpdyChannels.OpenAsync(connection, options, cancel);
    }

    static async Task ReceiveAsync(CommandChannels channels, CancellationTokenSource gone)
    {
        try
        {
            await channels.ReceiveAsync(gone.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or WebSocketException)
        {
            // Ended, one way or the other.
        }
        await gone.CancelAsync();
    }

    static async Task<JsonObject> RunAsync(CommandChannels channels, ContainerRecord container, CommandOptions options, CancellationToken cancel)
    {
        if (options.Command.Count == 0) return Failure("you must specify at least one command for the container");
        ChildProcess process;
        try
        {
            process = container.Setup!.Start(options.Command, options.Stdin, options.Terminal);
        }
        catch (Exception e) when (e is ContainerStartException or IOException)
        {
            return Failure($"command in container failed to start: {e.Message}");
        }
        await using var kill = cancel.Register(() => process.Signal(Libc.SigHup));
        Connect(channels, process);
        var output = Queue(channels, cancel);
        var pumps = new List<Task> { ChildProcess.Pump(process.Output, bytes => output.Post(error: false, bytes)) };
        if (process.Error is { } error) pumps.Add(ChildProcess.Pump(error, bytes => output.Post(error: true, bytes)));
        var code = await process.Exit;
        await Task.WhenAll(pumps);
        await output.CompleteAsync();
        return code == 0 ? Success() : NonZero(code);
    }

    static async Task<JsonObject> JoinAsync(CommandChannels channels, ContainerRecord container, CommandOptions options, CancellationToken cancel)
    {
        var process = container.Process!;
        var log = container.Log!;
        if (options.Stdin) Connect(channels, process);
        channels.Begin();
        var output = Queue(channels, cancel);
        void Forward(bool error, ReadOnlyMemory<byte> bytes) => output.Post(error, bytes.Span);
        log.Output += Forward;
        try
        {
            await process.Exit.WaitAsync(cancel);
            while (!log.Closed) await log.Changed.WaitAsync(TimeSpan.FromSeconds(3), cancel);
        }
        catch (TimeoutException)
        {
            // Something of the container still holds its streams.
        }
        finally
        {
            log.Output -= Forward;
        }
        await output.CompleteAsync();
        return process.Exit.Result == 0 ? Success() : NonZero(process.Exit.Result);
    }

    static void Connect(CommandChannels channels, ChildProcess process)
    {
        channels.OnInput = bytes => process.WriteInput(bytes.Span);
        channels.OnInputEnd = process.CloseInput;
        channels.OnResize = process.Resize;
        channels.Begin();
    }

    static OutputQueue Queue(CommandChannels channels, CancellationToken cancel) => new(channels, cancel);

    static JsonObject Success() => new() { ["metadata"] = new JsonObject(), ["status"] = "Success" };

    static JsonObject Failure(string message) => new() { ["metadata"] = new JsonObject(), ["status"] = "Failure", ["message"] = message, ["reason"] = "InternalError", ["code"] = 500 };

    static JsonObject NonZero(int code) => new()
    {
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = $"command terminated with non-zero exit code: exit status {code}",
        ["reason"] = "NonZeroExitCode",
        ["details"] = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ExitCode", ["message"] = code.ToString(CultureInfo.InvariantCulture) }) },
    };

    /// <summary>
    /// Keeps both outputs in the order they came and sends them one after the other. A reading thread that is ahead of a slow
    /// client waits, and with it the program.
    /// </summary>
    sealed class OutputQueue
    {
        readonly Channel<(bool Error, byte[] Bytes)> _queue = Channel.CreateBounded<(bool, byte[])>(64);
        readonly Task _sending;
        readonly CancellationToken _cancel;

        public OutputQueue(CommandChannels channels, CancellationToken cancel)
        {
            _cancel = cancel;
            _sending = Task.Run(async () =>
            {
                await foreach (var (error, bytes) in _queue.Reader.ReadAllAsync(cancel)) await channels.SendAsync(error, bytes, cancel);
            }, cancel);
        }

        public void Post(bool error, ReadOnlySpan<byte> bytes)
        {
            var item = (error, bytes.ToArray());
            while (!_queue.Writer.TryWrite(item))
            {
                try
                {
                    if (_cancel.IsCancellationRequested || _sending.IsCompleted || !_queue.Writer.WaitToWriteAsync(_cancel).AsTask().GetAwaiter().GetResult()) return;
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }

        public async Task CompleteAsync()
        {
            _queue.Writer.TryComplete();
            await _sending;
        }
    }
}

/// <summary>What the query of exec and attach asks for.</summary>
sealed record CommandOptions(IReadOnlyList<string> Command, bool Stdin, bool Stdout, bool Stderr, bool Terminal)
{
    public static CommandOptions From(IQueryCollection query) =>
        new([.. query["command"].OfType<string>()], Flag(query["stdin"]), Flag(query["stdout"]), Flag(query["stderr"]), Flag(query["tty"]));

    static bool Flag(string? value) => value is "true" or "1" or "True";
}
