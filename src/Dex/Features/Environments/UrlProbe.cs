using System.Net;
using System.Net.Sockets;

namespace Dex.Features.Environments;

/// <summary>
/// Asks the embedded cluster's ingress for an address. Not every resolver knows <c>*.localhost</c>, so it connects to the loopback
/// address itself.
/// </summary>
sealed class UrlProbe(TimeProvider time)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until a request reaches the app: a ready pod and the route to it are two writes, a few milliseconds apart.</summary>
    public async Task WaitAsync(string url, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (!await ReachesAppAsync(url, cancellationToken) && time.GetElapsedTime(started) < Patience)
        {
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Whether something other than the ingress itself answers.</summary>
    public async Task<bool> ReachesAppAsync(string url, CancellationToken cancellationToken) => await StatusAsync(url, cancellationToken) is not (404 or 503 or null);

    /// <summary>The status that the address answers with; null when nothing does.</summary>
    public async Task<int?> StatusAsync(string url, CancellationToken cancellationToken)
    {
        var address = new Uri(url);
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, address.Port, cancellationToken);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n\r\n"), cancellationToken);
            using var reader = new StreamReader(stream);
            var line = await reader.ReadLineAsync(cancellationToken);
            return line?.Split(' ') is [_, var status, ..] && int.TryParse(status, out var code) ? code : null;
        }
        catch (Exception silent) when (silent is SocketException or IOException)
        {
            return null;
        }
    }
}
