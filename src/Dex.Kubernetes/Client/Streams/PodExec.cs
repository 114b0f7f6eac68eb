using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>A command to run inside a container.</summary>
/// <param name="Command">The program and its arguments.</param>
public sealed record ExecRequest(IReadOnlyList<string> Command)
{
    /// <summary>The container; null where the pod has one only.</summary>
    public string? Container { get; init; }

    /// <summary>Read from here to the command's standard input; null for none.</summary>
    public Stream? Input { get; init; }

    /// <summary>Takes the command's standard output.</summary>
    public required Stream Output { get; init; }

    /// <summary>Takes the command's standard error.</summary>
    public required Stream Error { get; init; }

    /// <summary>Give the command a terminal of this size.</summary>
    public (int Columns, int Rows)? Terminal { get; init; }
}

/// <summary>Runs commands inside containers.</summary>
public static class PodExec
{
    private const byte Input = 0;
    private const byte Output = 1;
    private const byte Error = 2;
    private const byte Result = 3;
    private const byte Resize = 4;
    private const byte Close = 255;
    private static readonly ResourceId Pods = KnownResources.Get("v1", "Pod");

    /// <summary>Runs a command to its end.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="KubeApiException">It could not be started.</exception>
    public static async Task<int> ExecAsync(this KubeClient client, string ns, string pod, ExecRequest request, CancellationToken cancellationToken)
    {
        var query = new StringBuilder("?stdout=true");
        query.Append(request.Terminal is null ? "&stderr=true" : "&tty=true");
        if (request.Input is not null) query.Append("&stdin=true");
        if (request.Container is not null) query.Append("&container=").Append(Uri.EscapeDataString(request.Container));
        foreach (var word in request.Command) query.Append("&command=").Append(Uri.EscapeDataString(word));
        await using var socket = await ChannelSocket.OpenAsync(client.Transport, Pods.Path(ns, pod, "exec") + query, ["v5.channel.k8s.io", "v4.channel.k8s.io"], cancellationToken);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (request.Terminal is { } size) await socket.SendAsync(Resize, Encoding.ASCII.GetBytes($$"""{"Width":{{size.Columns}},"Height":{{size.Rows}}}"""), cancellationToken);
        // A read from a terminal cannot be taken back, so nobody waits for it once the command has ended.
        _ = request.Input is null ? Task.CompletedTask : Task.Run(() => SendInputAsync(socket, request.Input, ended.Token), ended.Token);
        try
        {
            return ExitCode(await ReceiveAsync(socket, request, cancellationToken));
        }
        finally
        {
            await ended.CancelAsync();
        }
    }

    private static async Task<JsonObject?> ReceiveAsync(ChannelSocket socket, ExecRequest request, CancellationToken cancellationToken)
    {
        JsonObject? status = null;
        while (await socket.ReceiveAsync(cancellationToken) is var (channel, data))
        {
            switch (channel)
            {
                case Output:
                    await request.Output.WriteAsync(data, cancellationToken);
                    await request.Output.FlushAsync(cancellationToken);
                    break;
                case Error:
                    await request.Error.WriteAsync(data, cancellationToken);
                    await request.Error.FlushAsync(cancellationToken);
                    break;
                case Result when data.Length > 0:
                    status = JsonNode.Parse(data.Span) as JsonObject;
                    break;
            }
        }

        return status;
    }

    private static async Task SendInputAsync(ChannelSocket socket, Stream input, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        while (await input.ReadAsync(buffer, cancellationToken) is > 0 and var count) await socket.SendAsync(Input, buffer.AsMemory(0, count), cancellationToken);

        // v4 has no way to say that the input is over; the command then ends with its other reasons.
        if (socket.Protocol.StartsWith("v5", StringComparison.Ordinal)) await socket.SendAsync(Close, new[] { Input }, cancellationToken);
    }

    private static int ExitCode(JsonObject? status)
    {
        const int unknown = 255;
        if (status is null) return unknown;
        if (status.Text("status") == "Success") return 0;
        var code = status.Items("details", "causes").FirstOrDefault(cause => cause.Text("reason") == "ExitCode")?.Text("message");
        if (int.TryParse(code, out var exit)) return exit;
        throw new KubeApiException(KubeStatus.From(status, 500), "GET", "exec");
    }
}
