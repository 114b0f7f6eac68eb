using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dex.Bench;

/// <summary>
/// The embedded cluster with what makes a real server slower: OpenAPI documents of the real size, of which kubectl reads a kind's again for
/// every object that it validates, and writes that wait for etcd, 650 in a second at most.
/// </summary>
sealed class RealServer : IAsyncDisposable
{
    static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(4);
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(1.0 / 650);

    readonly HttpMessageInvoker _upstream = new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true }, EnableMultipleHttp2Connections = true });
    readonly Lock _gate = new();
    readonly WebApplication _app;
    readonly X509Certificate2 _certificate;
    readonly string _documents;
    readonly Uri _server;
    DateTimeOffset _stored;

    RealServer(WebApplication app, X509Certificate2 certificate, string documents, Uri server) => (_app, _certificate, _documents, _server) = (app, certificate, documents, server);

    /// <param name="documents">A folder of OpenAPI v3 documents: <c>api/v1.json.gz</c> and <c>apis/GROUP/VERSION.json.gz</c>.</param>
    public static async Task<RealServer> StartAsync(string documents, Uri server)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var real = new RealServer(builder.Build(), certificate, documents, server);
        real._app.Run(real.AnswerAsync);
        await real._app.StartAsync();
        return real;
    }

    /// <summary>Leads a kubeconfig of the embedded cluster here.</summary>
    public void Redirect(string kubeconfig)
    {
        var config = JsonNode.Parse(File.ReadAllText(kubeconfig))!;
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var authority = Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(_certificate.ExportCertificatePem()));
        config["clusters"]![0]!["cluster"] = new JsonObject { ["server"] = address, ["certificate-authority-data"] = authority };
        File.WriteAllText(kubeconfig, config.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _upstream.Dispose();
        _certificate.Dispose();
    }

    async Task AnswerAsync(HttpContext context)
    {
        var document = Path.Combine(_documents, context.Request.Path.Value!.Replace("/openapi/v3/", "") + ".json.gz");
        if (context.Request.Path.StartsWithSegments("/openapi/v3") && File.Exists(document))
        {
            context.Response.ContentType = "application/json";
            await using var text = new GZipStream(File.OpenRead(document), CompressionMode.Decompress);
            await text.CopyToAsync(context.Response.Body);
            return;
        }

        if (!HttpMethods.IsGet(context.Request.Method)) await Task.Delay(UntilStored());
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_server, context.Request.Path + context.Request.QueryString)) { Version = HttpVersion.Version20 };
        if (context.Request.ContentLength > 0) request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, values) in context.Request.Headers.Where(header => header.Key is not "Host" && !header.Key.StartsWith(':')))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray())) request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        }

        using var answer = await _upstream.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers)) if (name is not "Transfer-Encoding") context.Response.Headers[name] = values.ToArray();
        await answer.Content.CopyToAsync(context.Response.Body);
    }

    /// <summary>How long it takes until a write that comes now is on the disk.</summary>
    TimeSpan UntilStored()
    {
        lock (_gate)
        {
            var now = TimeProvider.System.GetUtcNow();
            var (soonest, next) = (now + Latency, _stored + Interval);
            _stored = soonest > next ? soonest : next;
            return _stored - now;
        }
    }
}
