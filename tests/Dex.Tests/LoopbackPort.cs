using System.Net;
using System.Net.Sockets;

namespace Dex.Tests;

/// <summary>A port for a server that a test starts by number.</summary>
static class LoopbackPort
{
    /// <summary>A port that nothing listens on. It lies below the range from which the system serves those who ask for any port, so no other test is given it meanwhile.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 30_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
