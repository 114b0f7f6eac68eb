using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Pipelines;

namespace Dex.LocalCluster.Node.Streams;

/// <summary>
/// The server's side of SPDY/3.1, as much of it as kubectl's remote commands and port forwards use: streams that the client opens,
/// data both ways, end of stream. There is no flow control: the client's library has none either.
/// </summary>
sealed class SpdyConnection(Stream stream) : IAsyncDisposable
{
    const byte Fin = 1;
    const int SynStream = 1, SynReply = 2, RstStream = 3, Ping = 6, GoAway = 7, MaxFrame = 1 << 24;
    readonly SpdyHeaders _headers = new();
    readonly SemaphoreSlim _writing = new(1);
    readonly ConcurrentDictionary<uint, SpdyStream> _streams = new();

    /// <summary>Called for each stream that the client opens, in order; must not block.</summary>
    public Action<SpdyStream> OnStream { get; set; } = static _ => { };

    /// <summary>Reads frames until the client has gone.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var head = new byte[8];
        try
        {
            while (true)
            {
                if (await stream.ReadAtLeastAsync(head, 8, throwOnEndOfStream: false, cancel) < 8) return;
                var length = (int)(BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(4)) & (MaxFrame - 1));
                var body = new byte[length];
                await stream.ReadExactlyAsync(body, cancel);
                if ((head[0] & 0x80) == 0) await OnDataAsync(BinaryPrimitives.ReadUInt32BigEndian(head) & 0x7fffffff, head[4], body, cancel);
                else if (!await OnControlAsync(BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2)), head[4], body, cancel)) return;
            }
        }
        finally
        {
            foreach (var open in _streams.Values) await open.EndInputAsync();
        }
    }

    async Task<bool> OnControlAsync(int type, byte flags, byte[] body, CancellationToken cancel)
    {
        switch (type)
        {
            case SynStream:
                var id = BinaryPrimitives.ReadUInt32BigEndian(body) & 0x7fffffff;
                var opened = new SpdyStream(this, id, _headers.Read(body.AsSpan(10)));
                _streams[id] = opened;
                byte[] reply = [.. BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(id)), .. _headers.WriteEmpty()];
                await WriteAsync(Control(SynReply, reply.Length), reply, cancel);
                if ((flags & Fin) != 0) await opened.EndInputAsync();
                OnStream(opened);
                break;
            case RstStream:
                if (_streams.TryRemove(BinaryPrimitives.ReadUInt32BigEndian(body) & 0x7fffffff, out var reset)) await reset.EndInputAsync();
                break;
            case Ping:
                await WriteAsync(Control(Ping, body.Length), body, cancel);
                break;
            case GoAway:
                return false;
        }
        return true;
    }

    async Task OnDataAsync(uint id, byte flags, byte[] body, CancellationToken cancel)
    {
        if (!_streams.TryGetValue(id, out var target)) return;
        if (body.Length > 0) await target.AddInputAsync(body, cancel);
        if ((flags & Fin) != 0) await target.EndInputAsync();
    }

    public Task SendAsync(uint id, ReadOnlyMemory<byte> bytes, bool last, CancellationToken cancel)
    {
        var head = new byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(head, id);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(4), (uint)bytes.Length);
        head[4] = last ? Fin : (byte)0;
        return WriteAsync(head, bytes, cancel);
    }

    public void Forget(uint id) => _streams.TryRemove(id, out _);

    static byte[] Control(int type, int length)
    {
        var head = new byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(head, 0x8003);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(2), (ushort)type);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(4), (uint)length);
        return head;
    }

    async Task WriteAsync(byte[] head, ReadOnlyMemory<byte> body, CancellationToken cancel)
    {
        // One write per frame: over a WebSocket each write is a message.
        byte[] frame = [.. head, .. body.Span];
        await _writing.WaitAsync(cancel);
        try
        {
            await stream.WriteAsync(frame, cancel);
            await stream.FlushAsync(cancel);
        }
        finally
        {
            _writing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync();
        _headers.Dispose();
    }
}

/// <summary>One stream of a SPDY connection.</summary>
sealed class SpdyStream(SpdyConnection connection, uint id, IReadOnlyDictionary<string, string> headers)
{
    readonly Pipe _input = new(new PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19));

    public IReadOnlyDictionary<string, string> Headers => headers;

    /// <summary>What the client sends.</summary>
    public PipeReader Input => _input.Reader;

    public Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel) => connection.SendAsync(id, bytes, last: false, cancel);

    /// <summary>Tells the client that nothing more comes.</summary>
    public Task EndAsync(CancellationToken cancel) => connection.SendAsync(id, default, last: true, cancel);

    public void Forget() => connection.Forget(id);

    internal async Task AddInputAsync(byte[] bytes, CancellationToken cancel) => await _input.Writer.WriteAsync(bytes, cancel);

    internal async Task EndInputAsync() => await _input.Writer.CompleteAsync();
}
