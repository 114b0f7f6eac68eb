using System.Net;
using System.Net.Sockets;

namespace Dex.Testing;

/// <summary>Asks apps for pages as a browser would: every <c>*.localhost</c> name is this machine, whatever its resolver knows.</summary>
public static class LocalhostClient
{
    /// <summary>A client that uses no proxy and reuses a connection for a second at most, so that it notices when an app moves.</summary>
    public static HttpClient Create() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.FromSeconds(1),
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(IPAddress.TryParse(context.DnsEndPoint.Host, out var literal) ? literal : IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    });
}
