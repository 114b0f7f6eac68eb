using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Dex.LocalCluster.Node.Services;

/// <summary>One port of one Service: accepts connections and joins each to an endpoint.</summary>
sealed class ServiceListener : IDisposable
{
    readonly Socket _socket;
    readonly TimeProvider _time;
    readonly Func<IReadOnlyList<IPEndPoint>> _next;
    readonly ConcurrentDictionary<IPAddress, (IPEndPoint Endpoint, DateTimeOffset Until)> _sticky = new();
    readonly CancellationTokenSource _stop = new();

    ServiceListener(Socket socket, IPEndPoint wanted, TimeSpan? affinity, TimeProvider time, Func<IReadOnlyList<IPEndPoint>> next)
    {
        (_socket, Wanted, Affinity, _time, _next) = (socket, wanted, affinity, time, next);
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        _ = AcceptAsync(_stop.Token);
    }

    /// <summary>Where the Service says it answers.</summary>
    public IPEndPoint Wanted { get; }

    /// <summary>Where it does answer.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>How long a client stays with its endpoint; null: not at all.</summary>
    public TimeSpan? Affinity { get; }

    /// <summary>Null when the place is not to be had.</summary>
    public static ServiceListener? TryOpen(IPEndPoint wanted, IPEndPoint place, TimeSpan? affinity, TimeProvider time, Func<IReadOnlyList<IPEndPoint>> next)
    {
        if (!IPAddress.IsLoopback(place.Address)) return null;
        var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(place);
            socket.Listen(512);
            return new(socket, wanted, affinity, time, next);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    async Task AcceptAsync(CancellationToken cancel)
    {
        try
        {
            while (true) _ = ServeAsync(await _socket.AcceptAsync(cancel), cancel);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    async Task ServeAsync(Socket client, CancellationToken cancel)
    {
        using (client)
        {
            try
            {
                using var server = await DialAsync(((IPEndPoint)client.RemoteEndPoint!).Address, cancel);
                if (server is not null) await SocketPair.JoinAsync(client, server, cancel);
                else client.Close(0); // a reset, as from a cluster without endpoints
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
            {
                // One side has gone; the other is closed on the way out.
            }
        }
    }

    async Task<Socket?> DialAsync(IPAddress client, CancellationToken cancel)
    {
        var candidates = _next();
        if (Affinity is not null && _sticky.TryGetValue(client, out var last) && last.Until > _time.GetUtcNow() && candidates.Contains(last.Endpoint))
            candidates = [last.Endpoint, .. candidates.Where(c => !c.Equals(last.Endpoint))];
        foreach (var candidate in candidates)
        {
            if (await SocketPair.ConnectAsync(candidate, cancel) is not { } server) continue;
            if (Affinity is { } time1) _sticky[client] = (candidate, _time.GetUtcNow() + time1);
            return server;
        }
        return null;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _socket.Dispose();
        _stop.Dispose();
    }
}

/// <summary>Two connections that become one.</summary>
static class SocketPair
{
    /// <summary>Connects, on localhost over IPv6 too as programs that listen on <c>localhost</c> may take only that; null when nobody listens.</summary>
    public static async Task<Socket?> ConnectAsync(IPEndPoint place, CancellationToken cancel)
    {
        foreach (var candidate in place.Address.Equals(IPAddress.Loopback) ? [place, new IPEndPoint(IPAddress.IPv6Loopback, place.Port)] : new[] { place })
        {
            var socket = new Socket(candidate.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(candidate, cancel);
                return socket;
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }
        return null;
    }

    /// <summary>Copies both ways until both sides have ended.</summary>
    public static async Task JoinAsync(Socket one, Socket other, CancellationToken cancel)
    {
        one.NoDelay = true;
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAll(CopyAsync(one, other, failed), CopyAsync(other, one, failed));
    }

    static async Task CopyAsync(Socket from, Socket to, CancellationTokenSource failed)
    {
        try
        {
            var buffer = new byte[16 * 1024];
            for (int count; (count = await from.ReceiveAsync(buffer, failed.Token)) > 0;)
            {
                for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), failed.Token);
            }
            to.Shutdown(SocketShutdown.Send); // half closed: the answer may still come
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            failed.Cancel();
        }
    }
}
