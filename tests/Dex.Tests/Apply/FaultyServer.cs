using System.Net;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.Apply;

/// <summary>What happens to a request on its way.</summary>
public enum Fault
{
    /// <summary>It passes.</summary>
    None,

    /// <summary>The connection breaks before the server sees it.</summary>
    ResetBefore,

    /// <summary>The server works on it, and the connection breaks in the middle of the answer.</summary>
    ResetInAnswer,

    /// <summary>Answered with 429 and Retry-After, unseen by the server.</summary>
    TooMany,

    /// <summary>Answered with 500.</summary>
    InternalError,

    /// <summary>Answered with 503.</summary>
    Unavailable,

    /// <summary>Never answered.</summary>
    Hang,

    /// <summary>Refused, as a field cannot change.</summary>
    Immutable,

    /// <summary>Refused by an admission webhook.</summary>
    Denied,

    /// <summary>Refused, as the user's role does not grant it.</summary>
    Forbidden,

    /// <summary>The revision that the client goes on from is forgotten.</summary>
    Gone,

    /// <summary>Refused, as the token has expired.</summary>
    Unauthorized,
}

/// <summary>A proxy before a cluster that does to requests what a test says. Speaks plain HTTP/1.1, so that it can break connections.</summary>
public sealed class FaultyServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly HttpMessageInvoker _upstream;
    readonly Uri _server;
    readonly string _administrator;
    int _requests;

    FaultyServer(WebApplication app, Cluster cluster)
    {
        _app = app;
        _administrator = "Bearer " + cluster.AdminToken;
        _server = cluster.Server;
        _upstream = new HttpMessageInvoker(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
            AutomaticDecompression = DecompressionMethods.None,
        });
    }

    /// <summary>Decides by the method, the path with its query and the number of the request, counted from 1.</summary>
    public Func<string, string, int, Fault> Decide { get; set; } = (_, _, _) => Fault.None;

    /// <summary>Runs after the decision and before the request goes on.</summary>
    public Func<string, string, int, Task> BeforeAsync { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>Runs when the cluster has done what was asked and before the client learns it.</summary>
    public Func<string, string, int, Task> AnsweredAsync { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>Which bearer tokens are good at the moment; null for the cluster's own check. Good ones act as its administrator.</summary>
    public Func<string, bool>? AcceptsToken { get; set; }

    /// <summary>Changes the text of an answer by the path; null leaves it as it is.</summary>
    public Func<string, string, string>? Rewrite { get; set; }

    /// <summary>Is told of every request that goes on to the cluster: its method, path and body.</summary>
    public Action<string, string, string>? Witness { get; set; }

    public int Requests => _requests;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public static async Task<FaultyServer> StartAsync(Cluster cluster)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var proxy = new FaultyServer(app, cluster);
        app.Run(proxy.HandleAsync);
        await app.StartAsync();
        return proxy;
    }

    public KubeClient Connect(Cluster cluster, KubeClientOptions? options = null) =>
        new(new KubeConnection(Address) { Credential = Credential.Token(cluster.AdminToken) }, options ?? new() { Backoff = TimeSpan.FromMilliseconds(5), RequestTimeout = TimeSpan.FromSeconds(60) });

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _upstream.Dispose();
    }

    async Task HandleAsync(HttpContext context)
    {
        var path = context.Request.Path + context.Request.QueryString;
        var number = Interlocked.Increment(ref _requests);
        var fault = Decide(context.Request.Method, path, number);
        await BeforeAsync(context.Request.Method, path, number);
        if (AcceptsToken is { } accepts)
        {
            if (!accepts(context.Request.Headers.Authorization.ToString().Replace("Bearer ", "")))
            {
                await RefuseAsync(context, 401, "Unauthorized", "Unauthorized");
                return;
            }

            context.Request.Headers.Authorization = _administrator;
        }

        switch (fault)
        {
            case Fault.ResetBefore:
                context.Abort();
                return;
            case Fault.Hang:
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { });
                return;
            case Fault.TooMany:
                context.Response.Headers.RetryAfter = "0";
                context.Response.StatusCode = 429;
                return;
            case Fault.InternalError:
                context.Response.StatusCode = 500;
                return;
            case Fault.Unavailable:
                context.Response.StatusCode = 503;
                return;
            case Fault.Unauthorized:
                context.Response.StatusCode = 401;
                await context.Response.WriteAsync("""{"kind":"Status","apiVersion":"v1","status":"Failure","code":401,"reason":"Unauthorized","message":"Unauthorized"}""");
                return;
            case Fault.Immutable:
                await RefuseAsync(context, 422, "Invalid", "Deployment.apps \"web\" is invalid: spec.selector: Invalid value: field is immutable",
                    ("FieldValueInvalid", "Invalid value: {\"matchLabels\":{\"app\":\"other\"}}: field is immutable", "spec.selector"));
                return;
            case Fault.Denied:
                await RefuseAsync(context, 403, "Forbidden", "admission webhook \"policy.example.com\" denied the request: every ConfigMap needs an owner");
                return;
            case Fault.Forbidden:
                await RefuseAsync(context, 403, "Forbidden", $"User \"ann\" cannot do this at {path}");
                return;
            case Fault.Gone:
                await RefuseAsync(context, 410, "Expired", "too old resource version");
                return;
        }

        await ForwardAsync(context, path, number, fault == Fault.ResetInAnswer);
    }

    static Task RefuseAsync(HttpContext context, int code, string reason, string message, params (string Reason, string Message, string Field)[] causes)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["status"] = "Failure",
            ["code"] = code,
            ["reason"] = reason,
            ["message"] = message,
            ["details"] = new JsonObject { ["causes"] = new JsonArray([.. causes.Select(cause => new JsonObject { ["reason"] = cause.Reason, ["message"] = cause.Message, ["field"] = cause.Field })]) },
        }.ToJsonString());
    }

    async Task ForwardAsync(HttpContext context, string path, int number, bool reset)
    {
        if (Witness is not null)
        {
            context.Request.EnableBuffering();
            Witness(context.Request.Method, path, await new StreamReader(context.Request.Body).ReadToEndAsync(context.RequestAborted));
            context.Request.Body.Position = 0;
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_server, path));
        foreach (var name in new[] { "Authorization", "Accept" }) request.Headers.TryAddWithoutValidation(name, context.Request.Headers[name].ToString());
        if (context.Request.ContentType is { } type)
        {
            request.Content = new StreamContent(context.Request.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        try
        {
            using var response = await _upstream.SendAsync(request, context.RequestAborted);
            await AnsweredAsync(context.Request.Method, path, number);
            context.Response.StatusCode = (int)response.StatusCode;
            context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
            await context.Response.StartAsync();
            if (reset)
            {
                await context.Response.Body.WriteAsync("{"u8.ToArray());
                await context.Response.Body.FlushAsync();
                context.Abort();
                return;
            }

            if (Rewrite is not null && !path.Contains("watch=true", StringComparison.Ordinal))
            {
                await context.Response.WriteAsync(Rewrite(path, await response.Content.ReadAsStringAsync(context.RequestAborted)), context.RequestAborted);
                return;
            }

            await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
            var buffer = new byte[16384];
            while (await body.ReadAsync(buffer, context.RequestAborted) is var read and > 0)
            {
                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }
}
