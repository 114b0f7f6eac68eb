using System.Net.Sockets;
using System.Text;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>Connections to ports of pods, through the API server.</summary>
public static class PortForward
{
    private const byte Data = 0;
    private const byte Error = 1;
    private static readonly ResourceId Pods = KnownResources.Get("v1", "Pod");

    /// <summary>Carries one accepted connection to a pod's port until either side ends it.</summary>
    /// <exception cref="KubeApiException">The server refuses, or nothing listens on the port.</exception>
    public static async Task ForwardAsync(this KubeClient client, string ns, string pod, int port, Socket connection, CancellationToken cancellationToken)
    {
        await using var local = new NetworkStream(connection, ownsSocket: true);
        await using var socket = await ChannelSocket.OpenAsync(client.Transport, $"{Pods.Path(ns, pod, "portforward")}?ports={port}", ["v4.channel.k8s.io"], cancellationToken);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = SendAsync(local, socket, ended.Token);
        try
        {
            await ReceiveAsync(socket, local, pod, ended.Token);
        }
        finally
        {
            await ended.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task SendAsync(NetworkStream local, ChannelSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[32 * 1024];
        while (await local.ReadAsync(buffer, cancellationToken) is > 0 and var count) await socket.SendAsync(Data, buffer.AsMemory(0, count), cancellationToken);
    }

    private static async Task ReceiveAsync(ChannelSocket socket, NetworkStream local, string pod, CancellationToken cancellationToken)
    {
        // Each channel begins with the port's number in two bytes.
        var headers = new int[2];
        while (await socket.ReceiveAsync(cancellationToken) is var (channel, data))
        {
            if (channel > Error) continue;
            const int header = sizeof(ushort);
            var skip = Math.Min(header - headers[channel], data.Length);
            headers[channel] += skip;
            data = data[skip..];
            if (data.IsEmpty) continue;
            if (channel == Error) throw new KubeApiException(new KubeStatus(500, "", Encoding.UTF8.GetString(data.Span).Trim()), "GET", $"{pod}/portforward");
            await local.WriteAsync(data, cancellationToken);
        }
    }
}
