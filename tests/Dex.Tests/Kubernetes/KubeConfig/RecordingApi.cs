using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dex.Tests.Kubernetes.KubeConfig;

/// <summary>An API server over TLS that writes down who comes to it and how, and a CONNECT proxy that leads to it.</summary>
sealed class RecordingApi : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly TcpListener _proxy = new(IPAddress.Loopback, 0);
    readonly ConcurrentQueue<string> _seen = [];
    string? _serverName;

    RecordingApi(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public Uri Proxy => new($"http://127.0.0.1:{((IPEndPoint)_proxy.LocalEndpoint).Port}");

    public static async Task<RecordingApi> StartAsync()
    {
        var (certificate, key) = TestCertificates.Issue("api.example");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        RecordingApi api = null!;
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(https =>
        {
            https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.AllowAnyClientCertificate();
            https.ServerCertificateSelector = (_, name) =>
            {
                api._serverName = name;
                return X509CertificateLoader.LoadPkcs12(X509Certificate2.CreateFromPem(certificate, key).Export(X509ContentType.Pfx), null);
            };
        })));
        api = new(builder.Build());
        api._app.Run(api.AnswerAsync);
        await api._app.StartAsync();
        api._proxy.Start();
        _ = api.ProxyAsync();
        return api;
    }

    /// <summary>What was written down since the last time.</summary>
    public IReadOnlyList<string> Take()
    {
        var taken = _seen.ToArray();
        _seen.Clear();
        _serverName = null;
        return taken;
    }

    public async ValueTask DisposeAsync()
    {
        _proxy.Stop();
        await _app.DisposeAsync();
    }

    Task AnswerAsync(HttpContext context)
    {
        var who = context.Request.Headers.Where(header => header.Key.StartsWith("Impersonate-", StringComparison.OrdinalIgnoreCase) || header.Key == "Authorization")
            .OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase).Select(header => $"{header.Key.ToLowerInvariant()}: {string.Join(", ", header.Value.ToArray())}");
        _seen.Enqueue(string.Join('\n', [context.Request.Path, $"certificate: {context.Connection.ClientCertificate?.Subject}", $"name: {_serverName}", .. who]));
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"major":"1","minor":"33","gitVersion":"v1.33.0"}""");
    }

    async Task ProxyAsync()
    {
        try
        {
            while (true) _ = TunnelAsync(await _proxy.AcceptTcpClientAsync());
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    async Task TunnelAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, leaveOpen: true);
            var first = await reader.ReadLineAsync();
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
                // Its headers say nothing.
            }

            _seen.Enqueue($"proxy: {first}");
            await server.ConnectAsync(IPAddress.Loopback, Address.Port);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
            await Task.WhenAny(stream.CopyToAsync(server.GetStream()), server.GetStream().CopyToAsync(stream));
        }
    }
}
