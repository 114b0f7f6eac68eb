using System.Buffers;
using System.Net.WebSockets;

namespace Dex.Kubernetes.Client;

/// <summary>
/// Kubernetes' channel protocol over a WebSocket: every message begins with the number of its channel
/// (<c>v4.channel.k8s.io</c>; <c>v5</c> adds channel 255, which closes another one).
/// </summary>
sealed class ChannelSocket(WebSocket socket) : IAsyncDisposable
{
    public const string V5 = "v5.channel.k8s.io";
    public const string V4 = "v4.channel.k8s.io";
    const byte CloseSignal = 255;
    const int Largest = 32 * 1024;

    readonly SemaphoreSlim _sending = new(1, 1);
    readonly byte[] _buffer = new byte[Largest];
    byte _channel;
    bool _isContinued;

    /// <summary>Whether the end of a channel can be told to the server.</summary>
    public bool CanClose => socket.SubProtocol == V5;

    /// <summary>The next piece of a channel, valid until the next call; null when the server has closed.</summary>
    /// <exception cref="WebSocketException">The connection broke.</exception>
    public async Task<(byte Channel, ReadOnlyMemory<byte> Data)?> ReceiveAsync(CancellationToken ct)
    {
        while (true)
        {
            var result = await socket.ReceiveAsync(_buffer.AsMemory(), ct);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            // A message may come in several pieces; only the first one names the channel.
            var start = 0;
            if (!_isContinued && result.Count > 0)
            {
                _channel = _buffer[0];
                start = 1;
            }

            _isContinued = !result.EndOfMessage && (_isContinued || result.Count > 0);
            if (result.Count > start)
            {
                return (_channel, _buffer.AsMemory(start, result.Count - start));
            }
        }
    }

    public async Task SendAsync(byte to, ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        var frame = ArrayPool<byte>.Shared.Rent(data.Length + 1);
        await _sending.WaitAsync(ct);
        try
        {
            frame[0] = to;
            data.CopyTo(frame.AsMemory(1));
            await socket.SendAsync(frame.AsMemory(0, data.Length + 1), WebSocketMessageType.Binary, endOfMessage: true, ct);
        }
        finally
        {
            _sending.Release();
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    /// <summary>Copies a stream into a channel to its end, and tells the end where the protocol can.</summary>
    public async Task PumpAsync(byte to, Stream source, CancellationToken ct)
    {
        var piece = new byte[Largest - 1];
        while (await source.ReadAsync(piece, ct) is var count and > 0)
        {
            await SendAsync(to, piece.AsMemory(0, count), ct);
        }

        if (CanClose)
        {
            await SendAsync(CloseSignal, new[] { to }, ct);
        }
    }

    /// <summary>Closes politely, so that the other end of what was forwarded learns of it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (socket.State == WebSocketState.Open)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            try
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, patience.Token);
            }
            catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException)
            {
                // The other side is away already.
            }
        }

        socket.Dispose();
        _sending.Dispose();
    }
}
