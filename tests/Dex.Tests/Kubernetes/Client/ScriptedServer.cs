using System.Collections.Concurrent;
using Dex.Kubernetes.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dex.Tests.Kubernetes.Client;

/// <summary>An API server whose answers are written down: each request takes the next one, the last one stays.</summary>
sealed class ScriptedServer(params Func<HttpContext, Task>[] answers) : IAsyncDisposable
{
    readonly WebApplication _app = Build();
    int _next;

    public ConcurrentQueue<string> Requests { get; } = [];

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());

    public async Task<ScriptedServer> StartAsync()
    {
        _app.Run(async context =>
        {
            Requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
            await answers[Math.Min(Interlocked.Increment(ref _next), answers.Length) - 1](context);
        });
        await _app.StartAsync();
        return this;
    }

    public KubeClient Client(KubeClientOptions? options = null, KubeConnection? connection = null) =>
        new((connection ?? new KubeConnection(Address)) with { Server = Address }, options ?? new() { Backoff = TimeSpan.FromMilliseconds(1) });

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    public static Func<HttpContext, Task> Json(string json, int status = 200, params (string Name, string Value)[] headers) => async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        foreach (var (name, value) in headers)
        {
            context.Response.Headers.Append(name, value);
        }

        await context.Response.WriteAsync(json);
    };

    public static Func<HttpContext, Task> Status(int code, string reason, params (string Name, string Value)[] headers) =>
        Json($$"""{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"{{reason}}","message":"{{reason}} happened","code":{{code}}}""", code, headers);

    /// <summary>Sends the lines and ends the answer in order.</summary>
    public static Func<HttpContext, Task> Lines(params string[] lines) => context => context.Response.WriteAsync(string.Concat(lines.Select(line => line + "\n")));

    /// <summary>Sends the text and breaks the connection once the client says that it has read of it (a reset would take it away).</summary>
    public static Func<HttpContext, Task> Broken(SemaphoreSlim read, string text) => async context =>
    {
        while (read.Wait(0))
        {
            // What was read before does not count.
        }

        await context.Response.WriteAsync(text);
        await context.Response.Body.FlushAsync();
        await read.WaitAsync(TimeSpan.FromMinutes(3));
        context.Abort();
    };

    public static Func<HttpContext, Task> BreakMidBody() => async context =>
    {
        context.Response.ContentLength = 1000;
        await context.Response.WriteAsync("{\"kind\":");
        await context.Response.Body.FlushAsync();
        context.Abort();
    };

    public static Task Hang(HttpContext context) => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);

    public static Task Abort(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    static WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1));
        return builder.Build();
    }
}
