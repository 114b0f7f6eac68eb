using System.Buffers;
using System.Net.WebSockets;
using System.Security.Cryptography;

namespace Dex.Kubernetes.Client;

/// <summary>A WebSocket whose messages begin with the number of a channel, as the API server's streams use it (<c>v5.channel.k8s.io</c> and <c>v4.channel.k8s.io</c>).</summary>
internal sealed class ChannelSocket : IAsyncDisposable
{
    private readonly WebSocket _socket;
    private readonly HttpResponseMessage _response;
    private readonly SemaphoreSlim _sending = new(1);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);

    private ChannelSocket(WebSocket socket, HttpResponseMessage response, string protocol) => (_socket, _response, Protocol) = (socket, response, protocol);

    /// <summary>The sub-protocol that the server chose.</summary>
    public string Protocol { get; }

    /// <summary>Opens one.</summary>
    public static async Task<ChannelSocket> OpenAsync(KubeTransport transport, string path, IReadOnlyList<string> protocols, CancellationToken cancellationToken)
    {
        const int keyLength = 16;
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(keyLength));
        var request = new KubeRequest(HttpMethod.Get, path) { WebSocketProtocols = protocols, WebSocketKey = key };
        var response = await transport.SendStreamAsync(request, cancellationToken);
        var protocol = response.Headers.TryGetValues("Sec-WebSocket-Protocol", out var chosen) ? chosen.First() : protocols[0];
        var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var options = new WebSocketCreationOptions { IsServer = false, SubProtocol = protocol, KeepAliveInterval = TimeSpan.FromSeconds(15) };
        return new ChannelSocket(WebSocket.CreateFromStream(stream, options), response, protocol);
    }

    /// <summary>Sends on a channel.</summary>
    public async Task SendAsync(byte channel, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var message = ArrayPool<byte>.Shared.Rent(data.Length + 1);
        message[0] = channel;
        data.CopyTo(message.AsMemory(1));
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await _socket.SendAsync(message.AsMemory(0, data.Length + 1), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
        finally
        {
            _sending.Release();
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    /// <summary>The next message; null when the server has closed. The data is good until the next call.</summary>
    public async Task<(byte Channel, ReadOnlyMemory<byte> Data)?> ReceiveAsync(CancellationToken cancellationToken)
    {
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
            ValueWebSocketReceiveResult received;
            try
            {
                received = await _socket.ReceiveAsync(_buffer.AsMemory(length), cancellationToken);
            }
            catch (WebSocketException)
            {
                // The connection broke instead of closing; for the channels that is the same end.
                return null;
            }

            if (received.MessageType == WebSocketMessageType.Close) return null;
            length += received.Count;
            if (!received.EndOfMessage) continue;
            if (length > 0) return (_buffer[0], _buffer.AsMemory(1, length - 1));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_socket.State == WebSocketState.Open)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, patience.Token);
            }
            catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException)
            {
                // The other side is away already.
            }
        }

        _socket.Dispose();
        _response.Dispose();
        _sending.Dispose();
    }
}
