using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>Connections to ports of pods, through the API server.</summary>
public static class PortForward
{
    const byte Data = 0;
    const byte Error = 1;
    static readonly ResourceId Pods = KnownResources.Get("v1", "Pod");

    /// <summary>
    /// Carries one accepted connection to a pod's port until the pod closes it, and closes the connection. When its other end stops
    /// sending first, what the pod still sends is delivered.
    /// </summary>
    /// <exception cref="KubeApiException">There is no such pod, or nothing listens on the port.</exception>
    /// <exception cref="KubeConnectionException">The connection to the server broke.</exception>
    public static async Task ForwardAsync(this KubeClient client, string ns, string pod, int port, Socket connection, CancellationToken ct)
    {
        await using var stream = new NetworkStream(connection, ownsSocket: true);
        var path = Pods.Path(ns, pod, "portforward") + new Query().Add("ports", port);
        await using var channels = new ChannelSocket(await client.Transport.OpenWebSocketAsync(path, [ChannelSocket.V4], ct));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var sending = SendAsync(channels, stream, ending);
        try
        {
            await ReceiveAsync(channels, stream, path, ending.Token);
        }
        catch (Exception gone) when (gone is IOException || (gone is OperationCanceledException && !ct.IsCancellationRequested))
        {
            // Our own side has gone: nobody is left to tell.
        }
        catch (WebSocketException broken)
        {
            throw new KubeConnectionException(client.Connection.Server, ConnectionFailure.Broken, broken);
        }
        finally
        {
            await ending.CancelAsync();
            await sending;
        }
    }

    static async Task SendAsync(ChannelSocket channels, Stream stream, CancellationTokenSource ending)
    {
        try
        {
            await channels.PumpAsync(Data, stream, ending.Token);
        }
        catch (Exception gone) when (gone is IOException or WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Without this side nothing can be delivered any more.
            if (gone is IOException)
            {
                await ending.CancelAsync();
            }
        }
    }

    static async Task ReceiveAsync(ChannelSocket channels, Stream stream, string path, CancellationToken ct)
    {
        // Each channel begins with the number of the port, two bytes.
        var skip = new Dictionary<byte, int> { [Data] = 2, [Error] = 2 };
        while (await channels.ReceiveAsync(ct) is { } piece)
        {
            var left = skip.GetValueOrDefault(piece.Channel);
            var prefix = Math.Min(left, piece.Data.Length);
            skip[piece.Channel] = left - prefix;
            var data = piece.Data[prefix..];
            if (data.Length > 0 && piece.Channel == Error)
            {
                // Not every server closes the connection after this.
                throw new KubeApiException(new(500, "", Encoding.UTF8.GetString(data.Span).Trim()), "FORWARD", path.Split('?')[0]);
            }

            await stream.WriteAsync(data, ct);
        }
    }
}
