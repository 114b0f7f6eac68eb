using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.EndToEnd;

/// <summary>Stands before an API server, counts requests and kills the program that sends them at the one that a test chose.</summary>
public sealed class KillingProxy : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly HttpMessageInvoker _upstream = new(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true }, AutomaticDecompression = DecompressionMethods.None });
    readonly Uri _server;
    int _requests;

    KillingProxy(WebApplication app, Cluster cluster) => (_app, _server) = (app, cluster.Server);

    /// <summary>Kills; called with the request that was chosen.</summary>
    public Action Kill { get; set; } = () => { };

    /// <summary>Which request kills, counted from 1; 0 for none.</summary>
    public int At { get; private set; }

    /// <summary>Whether the server does what that request asks before the program dies.</summary>
    public bool Arrives { get; private set; }

    /// <summary>How many requests came since the last <see cref="Expect"/>.</summary>
    public int Requests => _requests;

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Begins to count anew.</summary>
    public void Expect(int at, bool arrives)
    {
        (At, Arrives) = (at, arrives);
        Interlocked.Exchange(ref _requests, 0);
    }

    /// <summary>Starts it.</summary>
    public static async Task<KillingProxy> StartAsync(Cluster cluster)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var proxy = new KillingProxy(app, cluster);
        app.Run(proxy.HandleAsync);
        await app.StartAsync();
        return proxy;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _upstream.Dispose();
    }

    async Task HandleAsync(HttpContext context)
    {
        var number = Interlocked.Increment(ref _requests);
        var kills = At > 0 && number >= At;
        if (kills && (!Arrives || number > At))
        {
            Kill();
            context.Abort();
            return;
        }

        await ForwardAsync(context, kills);
    }

    async Task ForwardAsync(HttpContext context, bool kills)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_server, context.Request.Path + context.Request.QueryString));
        foreach (var name in new[] { "Authorization", "Accept" }) request.Headers.TryAddWithoutValidation(name, context.Request.Headers[name].ToString());
        if (context.Request.ContentType is { } type)
        {
            request.Content = new StreamContent(context.Request.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        try
        {
            using var response = await _upstream.SendAsync(request, context.RequestAborted);
            if (kills)
            {
                Kill();
                context.Abort();
                return;
            }

            context.Response.StatusCode = (int)response.StatusCode;
            context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
            await context.Response.StartAsync();
            await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
            var buffer = new byte[16384];
            while (await body.ReadAsync(buffer, context.RequestAborted) is var read and > 0)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or HttpRequestException)
        {
            context.Abort();
        }
    }
}
