using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Node.Streams;

/// <summary>
/// <c>vN.channel.k8s.io</c>: each message begins with the number of its channel. v5 adds 255, "this channel has ended"; the
/// base64 variants are text messages for browsers.
/// </summary>
sealed class WebSocketChannels(WebSocket socket) : CommandChannels
{
    public static readonly string[] Protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io"];

    const byte Input = 0, Output = 1, Error = 2, Status = 3, ResizeTo = 4, Close = 255;
    readonly SemaphoreSlim _sending = new(1);

    bool Base64 => socket.SubProtocol!.Contains("base64");

    /// <summary>Whether the end is a Status; the first version had only a text, and for success nothing.</summary>
    bool HasStatus => socket.SubProtocol![0] == 'v';

    protected override async Task ReceiveAllAsync(CancellationToken cancel)
    {
        var buffer = new byte[32 * 1024];
        using var message = new MemoryStream();
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), cancel);
            if (part.MessageType == WebSocketMessageType.Close) return;
            message.Write(buffer, 0, part.Count);
            if (!part.EndOfMessage) continue;
            if (message.Length > 0) Dispatch(message.ToArray());
            message.SetLength(0);
        }
    }

    void Dispatch(byte[] message)
    {
        var channel = Base64 ? (byte)(message[0] - '0') : message[0];
        var payload = Base64 ? Decode(message.AsSpan(1)) : message.AsMemory(1);
        if (channel == Input) OnInput(payload);
        else if (channel == ResizeTo) Resize(payload.Span);
        else if (channel == Close && payload.Length > 0 && payload.Span[0] == Input) OnInputEnd();
    }

    static byte[] Decode(ReadOnlySpan<byte> message)
    {
        try
        {
            return Convert.FromBase64String(Encoding.ASCII.GetString(message));
        }
        catch (FormatException e)
        {
            throw new IOException("a message is not base64", e); // as if the connection had broken
        }
    }

    public override Task SendAsync(bool error, ReadOnlyMemory<byte> bytes, CancellationToken cancel) => SendAsync(error ? Error : Output, bytes, cancel);

    async Task SendAsync(byte channel, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        byte[] message = Base64 ? Encoding.ASCII.GetBytes($"{channel}{Convert.ToBase64String(bytes.Span)}") : [channel, .. bytes.Span];
        await _sending.WaitAsync(cancel);
        try
        {
            await socket.SendAsync(message.AsMemory(), Base64 ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, cancel);
        }
        finally
        {
            _sending.Release();
        }
    }

    public override async Task EndAsync(JsonObject status, CancellationToken cancel)
    {
        var told = HasStatus ? status.ToJsonString() : status.Text("message") ?? "";
        if (told.Length > 0) await SendAsync(Status, Encoding.UTF8.GetBytes(told), cancel);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", cancel);
    }
}
