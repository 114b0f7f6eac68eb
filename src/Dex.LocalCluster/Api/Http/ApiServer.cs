using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Dex.LocalCluster.Api.Http;

/// <summary>Kestrel on a loopback port with TLS, and nothing else of ASP.NET.</summary>
sealed class ApiServer : IAsyncDisposable
{
    readonly WebApplication _application;
    readonly CancellationTokenSource _stopping;

    ApiServer(WebApplication application, CancellationTokenSource stopping)
    {
        _application = application;
        _stopping = stopping;
    }

    public Uri Address { get; private set; } = null!;

    public static async Task<ApiServer> StartAsync(int port, X509Certificate2 certificate, RequestDelegate handler, CancellationTokenSource stopping, CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Watches of a client-go program share one connection; the default of 100 would starve it.
            kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(https => ConfigureTls(https, certificate));
            });
        });
        builder.Services.AddSingleton<IHostLifetime, HostedByProgram>();
        var application = builder.Build();
        application.Run(handler);
        await application.StartAsync(ct);
        return new ApiServer(application, stopping) { Address = new Uri(application.Urls.First()) };
    }

    static void ConfigureTls(HttpsConnectionAdapterOptions https, X509Certificate2 certificate)
    {
        https.ServerCertificate = certificate;
        https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
        // Who presents a foreign certificate is anonymous, not cut off: the token in the request may still be good.
        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
        https.ClientCertificateValidation = (_, _, _) => true;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _application.StopAsync(patience.Token);
        await _application.DisposeAsync();
    }
}
