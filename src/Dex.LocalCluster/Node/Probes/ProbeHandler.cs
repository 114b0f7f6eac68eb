using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Node.Pods;

namespace Dex.LocalCluster.Node.Probes;

/// <summary>Carries out one action of a probe or lifecycle hook: exec, httpGet, tcpSocket, grpc, sleep.</summary>
sealed class ProbeHandler(PodContext pod, ContainerRecord container)
{
    // One connection per probe and any certificate, as kubelet does it.
    static readonly HttpClient Client = new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.Zero,
        UseProxy = false,
        UseCookies = false,
        MaxAutomaticRedirections = 10,
        SslOptions = new() { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
    }) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Null when it succeeded, else what went wrong.</summary>
    public async Task<string?> RunAsync(JsonObject action, CancellationToken cancel)
    {
        try
        {
            if (action.Object("exec") is { } exec) return await ExecAsync(exec.TextList("command"), cancel);
            if (action.Object("httpGet") is { } http) return await HttpAsync(http, cancel);
            if (action.Object("tcpSocket") is { } tcp) return await TcpAsync(HostPort(tcp), cancel);
            if (action.Object("grpc") is { } grpc) return await GrpcHealth.CheckAsync(HostPort(grpc), grpc.Text("service") ?? "", cancel);
            if (action.Object("sleep") is { } sleep) await Task.Delay(TimeSpan.FromSeconds(sleep.Number("seconds") ?? 0), pod.Node.Time, cancel);
            return null;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException or IOException or ContainerStartException)
        {
            return (e.InnerException as SocketException)?.Message ?? e.Message;
        }
    }

    /// <summary>The port on the host that an httpGet, tcpSocket or grpc action means; null for other actions.</summary>
    public int? PortOf(JsonObject action) =>
        (action.Object("httpGet") ?? action.Object("tcpSocket") ?? action.Object("grpc")) is { } network && network.Text("host") is null ? HostPort(network) : null;

    int HostPort(JsonObject action) =>
        PodPorts.Resolve(action["port"], [container.Spec]) is { } port ? pod.Ports.ToHost(port) : throw new IOException($"there is no port named {action["port"]}");

    async Task<string?> ExecAsync(IReadOnlyList<string> command, CancellationToken cancel)
    {
        if (container.Setup is not { } setup) return "the container has not started";
        var process = setup.Start(command);
        var text = new MemoryStream();
        void Collect(ReadOnlySpan<byte> bytes)
        {
            lock (text) if (text.Length < 10 * 1024) text.Write(bytes);
        }
        _ = Processes.ChildProcess.Pump(process.Output, Collect);
        _ = Processes.ChildProcess.Pump(process.Error!, Collect);
        try
        {
            var code = await process.Exit.WaitAsync(cancel);
            lock (text) return code == 0 ? null : $"command exited with {code}: {System.Text.Encoding.UTF8.GetString(text.ToArray()).TrimEnd()}";
        }
        catch (OperationCanceledException)
        {
            process.Signal(Processes.Libc.SigKill);
            throw;
        }
    }

    async Task<string?> HttpAsync(JsonObject action, CancellationToken cancel)
    {
        var path = action.Text("path") is { Length: > 0 } p ? p : "/";
        var url = $"{(action.Text("scheme") ?? "HTTP").ToLowerInvariant()}://{action.Text("host") ?? "127.0.0.1"}:{HostPort(action)}/{path.TrimStart('/')}";
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.TryAddWithoutValidation("User-Agent", "kube-probe/1.32");
        foreach (var header in action.Items("httpHeaders")) request.Headers.TryAddWithoutValidation(header.Text("name") ?? "", header.Text("value") ?? "");
        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        return (int)response.StatusCode is >= 200 and < 400 ? null : $"HTTP probe failed with statuscode: {(int)response.StatusCode}";
    }

    static async Task<string?> TcpAsync(int port, CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancel);
        return null;
    }
}
