using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>The size of a terminal, in characters.</summary>
public readonly record struct TerminalSize(int Columns, int Rows);

/// <summary>A process in a container, and the streams between it and the user.</summary>
/// <param name="Command">The program and its arguments; empty to attach to the container's own process.</param>
public sealed record ExecRequest(IReadOnlyList<string> Command)
{
    /// <summary>The container; null where the pod has one only.</summary>
    public string? Container { get; init; }

    /// <summary>Goes to the process; null gives it none. Its end is told to the process where the server can (Kubernetes 1.30 and later).</summary>
    public Stream? Input { get; init; }

    /// <summary>Takes what the process writes.</summary>
    public required Stream Output { get; init; }

    /// <summary>Takes what the process writes as errors; with a terminal everything comes as output.</summary>
    public required Stream Error { get; init; }

    /// <summary>Give the process a terminal of this size.</summary>
    public TerminalSize? Terminal { get; init; }

    /// <summary>The terminal's further sizes, as they change.</summary>
    public IAsyncEnumerable<TerminalSize>? Sizes { get; init; }
}

/// <summary>Processes in containers: exec and attach, over WebSocket.</summary>
public static class PodExec
{
    const byte Input = 0;
    const byte Output = 1;
    const byte Error = 2;
    const byte Result = 3;
    const byte Resize = 4;
    static readonly ResourceId Pods = KnownResources.Get("v1", "Pod");

    /// <summary>Runs a command in a container to its end.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="KubeApiException">There is no such pod or container, or the command could not be started.</exception>
    /// <exception cref="KubeConnectionException">The connection broke before the command's end was known.</exception>
    public static Task<int> ExecAsync(this KubeClient client, string ns, string pod, ExecRequest request, CancellationToken ct) =>
        RunAsync(client, Pods.Path(ns, pod, "exec") + Query(request), request, ct);

    /// <summary>Joins the streams of a container's own process until it ends.</summary>
    /// <returns>Its exit code.</returns>
    public static Task<int> AttachAsync(this KubeClient client, string ns, string pod, ExecRequest request, CancellationToken ct) =>
        RunAsync(client, Pods.Path(ns, pod, "attach") + Query(request), request, ct);

    static Query Query(ExecRequest request)
    {
        var query = new Query().Add("container", request.Container).Add("stdin", request.Input is not null).Add("stdout", true)
            .Add("stderr", request.Terminal is null).Add("tty", request.Terminal is not null);
        foreach (var word in request.Command)
        {
            query.AddEvenEmpty("command", word);
        }

        return query;
    }

    static async Task<int> RunAsync(KubeClient client, string path, ExecRequest request, CancellationToken ct)
    {
        await using var channels = new ChannelSocket(await client.Transport.OpenWebSocketAsync(path, [ChannelSocket.V5, ChannelSocket.V4], ct));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // A read of a terminal cannot be taken back: when the process has ended these are left alone.
        _ = Quietly(request.Input is null ? Task.CompletedTask : channels.PumpAsync(Input, request.Input, ending.Token));
        _ = Quietly(SendSizesAsync(channels, request, ending.Token));
        try
        {
            return await ReceiveAsync(channels, request, path, ct);
        }
        catch (WebSocketException broken)
        {
            throw new KubeConnectionException(client.Connection.Server, ConnectionFailure.Broken, broken);
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    static async Task<int> ReceiveAsync(ChannelSocket channels, ExecRequest request, string path, CancellationToken ct)
    {
        var status = new MemoryStream();
        while (await channels.ReceiveAsync(ct) is { } piece)
        {
            var target = piece.Channel switch { Output => request.Output, Error => request.Error, Result => status, _ => null };
            if (target is not null)
            {
                await target.WriteAsync(piece.Data, ct);
                await target.FlushAsync(ct);
            }
        }

        return status.Length > 0 ? ExitCode(status.ToArray(), path) : throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely, "the stream ended before the process");
    }

    static int ExitCode(byte[] text, string path)
    {
        JsonObject body;
        try
        {
            body = (JsonObject)JsonNode.Parse(text)!;
        }
        catch (Exception error) when (error is JsonException or InvalidCastException)
        {
            throw new KubeApiException(new(500, "", Encoding.UTF8.GetString(text).Trim()), "EXEC", path.Split('?')[0]);
        }

        if (body.Text("status") == "Success")
        {
            return 0;
        }

        var status = KubeStatus.From(body, 500);
        var code = status.Causes.FirstOrDefault(c => c.Reason == "ExitCode")?.Message;
        return status.Reason == "NonZeroExitCode" && int.TryParse(code, out var number) ? number : throw new KubeApiException(status, "EXEC", path.Split('?')[0]);
    }

    static async Task SendSizesAsync(ChannelSocket channels, ExecRequest request, CancellationToken ct)
    {
        if (request.Terminal is { } first)
        {
            await SendAsync(first);
        }

        if (request.Sizes is not null)
        {
            await foreach (var size in request.Sizes.WithCancellation(ct))
            {
                await SendAsync(size);
            }
        }

        Task SendAsync(TerminalSize size) => channels.SendAsync(Resize, Encoding.UTF8.GetBytes($$"""{"Width":{{size.Columns}},"Height":{{size.Rows}}}"""), ct);
    }

    /// <summary>What the process no longer takes is no error: its result comes from the server.</summary>
    static async Task Quietly(Task pump)
    {
        try
        {
            await pump;
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException or IOException or ObjectDisposedException)
        {
            // See above.
        }
    }
}
