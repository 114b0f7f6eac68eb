using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Node.Pods;
using Dex.LocalCluster.Node.Services;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Node.Streams;

/// <summary><c>pods/portforward</c>: SPDY, plainly or inside a WebSocket (kubectl), and WebSocket channels (the Python client).</summary>
sealed class PortForwardEndpoint(NodeAgent agent)
{
    const string Protocol = "portforward.k8s.io", Tunnel = "SPDY/3.1+portforward.k8s.io", Channels = "v4.channel.k8s.io";

    public async Task HandleAsync(HttpContext context, StoredObject stored, CancellationToken cancel)
    {
        var pod = agent.Find(stored.Uid) ?? throw StreamErrors.BadRequest($"unable to forward port because pod is not running. Current status={stored.ToJson().Text("status", "phase") ?? "Pending"}");
        if (!WebSocketHandshake.IsRequested(context))
        {
            if (!SpdyUpgrade.IsRequested(context)) throw StreamErrors.BadRequest("Upgrade request required");
            await using var plain = await SpdyUpgrade.AcceptAsync(context, [Protocol]);
            await ServeAsync(plain, pod, cancel);
            return;
        }
        var protocol = WebSocketHandshake.Choose(context, [Tunnel, Channels]) ?? throw StreamErrors.BadRequest("unable to upgrade: no common protocol");
        if (protocol == Channels)
        {
            int[] ports = [.. context.Request.Query["ports"].SelectMany(p => (p ?? "").Split(',')).Select(p => ushort.TryParse(p, CultureInfo.InvariantCulture, out var port) ? port : throw StreamErrors.BadRequest($"unable to parse \"{p}\" as a port"))];
            using var socket = await WebSocketHandshake.AcceptAsync(context, protocol);
            await new ChannelForward(socket, ports, pod).RunAsync(cancel);
            return;
        }
        await using var tunnelled = SpdyUpgrade.Tunnel(await WebSocketHandshake.AcceptAsync(context, protocol));
        await ServeAsync(tunnelled, pod, cancel);
    }

    static async Task ServeAsync(SpdyConnection connection, PodContext pod, CancellationToken cancel)
    {
        var halves = new ConcurrentDictionary<string, SpdyStream>(); // by request: the stream that came first of its pair
        connection.OnStream = stream =>
        {
            var request = stream.Headers.GetValueOrDefault("requestid", "");
            if (halves.TryRemove(request, out var first))
            {
                var isError = first.Headers.GetValueOrDefault("streamtype") == "error";
                _ = ForwardAsync(isError ? first : stream, isError ? stream : first, pod, cancel);
            }
            else
            {
                halves[request] = stream;
            }
        };
        try
        {
            await connection.RunAsync(cancel);
        }
        catch (Exception e) when (e is IOException or WebSocketException or OperationCanceledException)
        {
            // The client went away without a word.
        }
    }

    static async Task ForwardAsync(SpdyStream error, SpdyStream data, PodContext pod, CancellationToken cancel)
    {
        try
        {
            var port = int.TryParse(data.Headers.GetValueOrDefault("port"), CultureInfo.InvariantCulture, out var number) ? number : 0;
            using var socket = await DialAsync(pod, port, cancel);
            if (socket is null)
            {
                await error.SendAsync(Encoding.UTF8.GetBytes(Refused(pod, port)), cancel);
            }
            else
            {
                await Task.WhenAll(UpAsync(data, socket, cancel), DownAsync(socket, data, cancel));
            }
            await error.EndAsync(cancel);
            await data.EndAsync(cancel);
        }
        catch (Exception e) when (e is IOException or SocketException or WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side has gone; the client notices by its connection.
        }
        finally
        {
            error.Forget();
            data.Forget();
        }
    }

    static async Task UpAsync(SpdyStream data, Socket socket, CancellationToken cancel)
    {
        while (true)
        {
            var read = await data.Input.ReadAsync(cancel);
            foreach (var part in read.Buffer) await SendAllAsync(socket, part, cancel);
            data.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCanceled) return;
            if (!read.IsCompleted) continue;
            socket.Shutdown(SocketShutdown.Send);
            return;
        }
    }

    static async Task DownAsync(Socket socket, SpdyStream data, CancellationToken cancel)
    {
        var buffer = new byte[16 * 1024];
        for (int count; (count = await socket.ReceiveAsync(buffer, cancel)) > 0;) await data.SendAsync(buffer.AsMemory(0, count), cancel);
        await data.EndAsync(cancel);
        // The application has hung up: what the client still sends goes nowhere, so its side ends too.
        data.Input.CancelPendingRead();
    }

    static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes, cancel)..];
    }

    static Task<Socket?> DialAsync(PodContext pod, int port, CancellationToken cancel) =>
        SocketPair.ConnectAsync(new IPEndPoint(IPAddress.Loopback, pod.Ports.ToHost(port)), cancel);

    static string Refused(PodContext pod, int port) =>
        $"error forwarding port {port} to pod {pod.Uid}, uid : failed to connect to localhost:{port} (port {pod.Ports.ToHost(port)} of the machine): connection refused";

    /// <summary>Channels 2i (data) and 2i+1 (error) of one WebSocket for the i-th port; each begins with its port, little endian.</summary>
    sealed class ChannelForward(WebSocket client, int[] ports, PodContext pod)
    {
        readonly SemaphoreSlim _sending = new(1);

        public async Task RunAsync(CancellationToken cancel)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var sockets = new Socket?[ports.Length];
            try
            {
                for (var i = 0; i < ports.Length; i++)
                {
                    var port = new byte[2];
                    BinaryPrimitives.WriteUInt16LittleEndian(port, (ushort)ports[i]);
                    await SendAsync(2 * i, port, cancel);
                    await SendAsync((2 * i) + 1, port, cancel);
                    sockets[i] = await DialAsync(pod, ports[i], cancel);
                    if (sockets[i] is { } socket) _ = DownAsync(2 * i, socket, ended.Token);
                    else await SendAsync((2 * i) + 1, Encoding.UTF8.GetBytes(Refused(pod, ports[i])), cancel);
                }
                await ReceiveAsync(sockets, ended.Token);
            }
            catch (Exception e) when (e is IOException or SocketException or WebSocketException or OperationCanceledException)
            {
                // The client went away.
            }
            finally
            {
                await ended.CancelAsync();
                foreach (var socket in sockets) socket?.Dispose();
            }
        }

        async Task ReceiveAsync(Socket?[] sockets, CancellationToken cancel)
        {
            var buffer = new byte[32 * 1024];
            var channel = -1; // of the message that is being received
            while (true)
            {
                var part = await client.ReceiveAsync(buffer.AsMemory(), cancel);
                if (part.MessageType == WebSocketMessageType.Close) return;
                var payload = buffer.AsMemory(0, part.Count);
                if (channel < 0 && !payload.IsEmpty)
                {
                    channel = payload.Span[0];
                    payload = payload[1..];
                }
                if (channel >= 0 && channel % 2 == 0 && channel / 2 < sockets.Length && sockets[channel / 2] is { } socket) await SendAllAsync(socket, payload, cancel);
                if (part.EndOfMessage) channel = -1;
            }
        }

        async Task DownAsync(int channel, Socket socket, CancellationToken cancel)
        {
            try
            {
                var buffer = new byte[16 * 1024];
                for (int count; (count = await socket.ReceiveAsync(buffer, cancel)) > 0;) await SendAsync(channel, buffer.AsMemory(0, count), cancel);
                if (ports.Length == 1) await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", cancel);
            }
            catch (Exception e) when (e is IOException or SocketException or WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One side has gone.
            }
        }

        async Task SendAsync(int channel, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
        {
            byte[] message = [(byte)channel, .. bytes.Span];
            await _sending.WaitAsync(cancel);
            try
            {
                await client.SendAsync(message.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, cancel);
            }
            finally
            {
                _sending.Release();
            }
        }
    }
}
