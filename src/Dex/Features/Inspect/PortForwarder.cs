using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Dex.App;
using Dex.Features.Environments;
using Dex.Kubernetes.Client;

namespace Dex.Features.Inspect;

/// <summary>A port of this machine that leads to a service.</summary>
public sealed record ForwardedPort(string Service, int Port, string Local);

/// <summary>Carries connections from this machine to a service's pods.</summary>
public sealed class PortForwarder(RunLog log)
{
    /// <summary>Listens until cancelled; yields the port once, when connections are accepted.</summary>
    /// <exception cref="UserError">The local port is taken, or no pod is ready.</exception>
    public async IAsyncEnumerable<ForwardedPort> RunAsync(
        FoundEnvironment environment, string service, int local, int remote, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ReadyPod.FindAsync(environment, service, cancellationToken);
        using var listener = Listen(local);
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        yield return new ForwardedPort(service, remote, $"127.0.0.1:{port}");
        while (await AcceptAsync(listener, cancellationToken) is { } connection)
        {
            _ = CarryAsync(environment, service, remote, connection, cancellationToken);
        }
    }

    static TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            throw EnvironmentErrors.PortTaken(port);
        }
    }

    /// <summary>Ctrl-C is how forwarding ends, not how it fails.</summary>
    static async Task<Socket?> AcceptAsync(TcpListener listener, CancellationToken cancellationToken)
    {
        try
        {
            return await listener.AcceptSocketAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    async Task CarryAsync(FoundEnvironment environment, string service, int port, Socket connection, CancellationToken cancellationToken)
    {
        try
        {
            var pod = await ReadyPod.FindAsync(environment, service, cancellationToken);
            await environment.Cluster.Client.ForwardAsync(environment.Spec.Namespace, pod, port, connection, cancellationToken);
        }
        catch (Exception failure)
        {
            // One connection's end is not the forwarding's; its client sees a closed connection.
            log.Write($"forward {service}:{port}: {failure.Message}");
            connection.Dispose();
        }
    }
}
