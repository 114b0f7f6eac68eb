using System.Net;
using System.Net.Sockets;

namespace Dex.Tests.Build;

/// <summary>Passes connections on to a registry, and cuts the first ones after some bytes of the client.</summary>
sealed class CuttingProxy : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly IPEndPoint _target;
    int _cuts;
    long _received;

    public CuttingProxy(string target, int cuts)
    {
        (_target, _cuts) = (IPEndPoint.Parse(target), cuts);
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>How much a connection carries before it is cut.</summary>
    public const int CutAfter = 5_000_000;

    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Everything that clients sent.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>Cuts that are still to come.</summary>
    public int Left => _cuts;

    public void Dispose() => _listener.Dispose();

    async Task AcceptAsync()
    {
        try
        {
            while (true) _ = PassAsync(await _listener.AcceptSocketAsync());
        }
        catch (SocketException)
        {
            // The test is over.
        }
        catch (ObjectDisposedException)
        {
            // The same.
        }
    }

    async Task PassAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            await server.ConnectAsync(_target);
            await Task.WhenAny(CopyAsync(client, server, CountAndCut), CopyAsync(server, client, _ => false));
        }

        bool CountAndCut(long ofThisConnection)
        {
            if (ofThisConnection < CutAfter || _cuts == 0) return false;
            _cuts--;
            return true;
        }
    }

    async Task CopyAsync(Socket from, Socket to, Func<long, bool> cut)
    {
        var buffer = new byte[1 << 16];
        long copied = 0;
        try
        {
            while (await from.ReceiveAsync(buffer) is var count and > 0)
            {
                copied += count;
                if (to.RemoteEndPoint!.Equals(_target)) Interlocked.Add(ref _received, count);
                if (cut(copied))
                {
                    from.LingerState = new LingerOption(true, 0);
                    return;
                }

                for (var sent = 0; sent < count;) sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // One side has gone.
        }
    }
}
