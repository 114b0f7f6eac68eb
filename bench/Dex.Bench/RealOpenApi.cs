using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dex.Bench;

/// <summary>
/// The embedded cluster with the OpenAPI documents of a real server of the same API: kubectl reads a kind's document again for every object
/// that it validates, and the embedded cluster's own are a tenth of the size.
/// </summary>
internal sealed class RealOpenApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpMessageInvoker _upstream = new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true } });
    private readonly string _folder;
    private readonly LocalCluster.LocalCluster _cluster;

    private RealOpenApi(WebApplication app, string folder, LocalCluster.LocalCluster cluster) => (_app, _folder, _cluster) = (app, folder, cluster);

    /// <summary>Where it answers, without TLS and to everybody as to the administrator.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <param name="folder">Documents as <c>api/v1.json.gz</c> and <c>apis/GROUP/VERSION.json.gz</c>.</param>
    public static async Task<RealOpenApi> StartAsync(string folder, LocalCluster.LocalCluster cluster)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var proxy = new RealOpenApi(builder.Build(), folder, cluster);
        proxy._app.Run(proxy.AnswerAsync);
        await proxy._app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _upstream.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var document = Path.Combine(_folder, context.Request.Path.Value!.Replace("/openapi/v3/", "") + ".json.gz");
        if (context.Request.Path.StartsWithSegments("/openapi/v3") && File.Exists(document))
        {
            context.Response.ContentType = "application/json";
            await using var text = new GZipStream(File.OpenRead(document), CompressionMode.Decompress);
            await text.CopyToAsync(context.Response.Body);
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_cluster.Server, context.Request.Path + context.Request.QueryString));
        if (context.Request.ContentLength > 0) request.Content = new StreamContent(context.Request.Body);
        foreach (var (name, values) in context.Request.Headers)
        {
            if (name is not "Host" && !request.Headers.TryAddWithoutValidation(name, values.ToArray())) request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        }

        // kubectl sends no token without TLS.
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + _cluster.AdminToken);
        using var answer = await _upstream.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers)) if (name is not "Transfer-Encoding") context.Response.Headers[name] = values.ToArray();
        await answer.Content.CopyToAsync(context.Response.Body);
    }
}
