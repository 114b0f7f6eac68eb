using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Dex.LocalCluster.Ingress;

/// <summary>Sends a request on to an application and its answer back, both as streams; upgraded connections (WebSocket) are joined.</summary>
sealed class Forwarder : IDisposable
{
    // RFC 9110 section 7.6.1: these belong to one connection and are not forwarded.
    static readonly FrozenSet<string> HopByHop = new[] { "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade" }
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        EnableMultipleHttp2Connections = true,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ConnectCallback = ConnectAsync,
    });

    /// <summary>How the attempt ended when there is no answer to give.</summary>
    internal enum Failure { None, Refused, Broken, TimedOut }

    public async Task<Failure> SendAsync(HttpContext context, IPEndPoint target, TimeSpan timeout, TimeProvider time)
    {
        using var request = Build(context, target);
        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, limit.Token);
        HttpResponseMessage response;
        try
        {
            response = await _client.SendAsync(request, both.Token);
        }
        catch (HttpRequestException e)
        {
            return e.HttpRequestError == HttpRequestError.ConnectionError ? Failure.Refused : Failure.Broken;
        }
        catch (OperationCanceledException)
        {
            return context.RequestAborted.IsCancellationRequested ? Failure.None : Failure.TimedOut;
        }
        using (response)
        {
            try
            {
                await AnswerAsync(context, response);
            }
            catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
            {
                // The head of the answer is out already: all that is left is to break off, so that the client sees that it is not whole.
                context.Abort();
            }
        }
        return Failure.None;
    }

    static HttpRequestMessage Build(HttpContext context, IPEndPoint target)
    {
        var incoming = context.Request;
        var upgrade = UpgradeOf(context);
        var grpc = incoming.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) == true;
        var request = new HttpRequestMessage(new HttpMethod(incoming.Method), TargetOf(context, target))
        {
            Version = grpc ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true && upgrade is null ? new StreamedBody(incoming.Body) : null,
        };
        var listed = incoming.Headers.Connection.SelectMany(v => v?.Split(',', StringSplitOptions.TrimEntries) ?? []).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, values) in incoming.Headers)
        {
            if (name.StartsWith(':') || HopByHop.Contains(name) || listed.Contains(name)) continue;
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        if (incoming.Headers.TE.Contains("trailers")) request.Headers.TryAddWithoutValidation("TE", "trailers");
        if (upgrade is not null)
        {
            request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
            request.Headers.TryAddWithoutValidation("Upgrade", upgrade);
        }
        SetForwarded(context, request);
        return request;
    }

    static void SetForwarded(HttpContext context, HttpRequestMessage request)
    {
        var client = context.Connection.RemoteIpAddress?.ToString() ?? "127.0.0.1";
        var before = context.Request.Headers["X-Forwarded-For"];
        Replace("X-Forwarded-For", StringValues.IsNullOrEmpty(before) ? client : $"{before}, {client}");
        Replace("X-Forwarded-Proto", context.Request.Scheme);
        Replace("X-Forwarded-Host", context.Request.Host.Value ?? "");
        Replace("X-Forwarded-Port", context.Connection.LocalPort.ToString());
        Replace("X-Real-IP", client);
        request.Headers.Host = context.Request.Host.Value;

        void Replace(string name, string value)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    // As the client wrote it: an application may tell %2F from a slash.
    static Uri TargetOf(HttpContext context, IPEndPoint target)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!raw.StartsWith('/')) raw = $"{context.Request.Path.ToUriComponent()}{context.Request.QueryString}";
        return new($"http://{target}{raw}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    static string? UpgradeOf(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true ? context.Request.Headers.Upgrade.ToString() : null;

    static async Task AnswerAsync(HttpContext context, HttpResponseMessage response)
    {
        var answer = context.Response;
        answer.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            if (!HopByHop.Contains(name)) answer.Headers.Append(name, new StringValues([.. values]));
        }
        if (response.StatusCode == HttpStatusCode.SwitchingProtocols)
        {
            answer.Headers.Connection = "Upgrade";
            answer.Headers.Upgrade = new StringValues([.. response.Headers.Upgrade.Select(u => u.ToString())]);
            await JoinAsync(context, response);
            return;
        }
        await answer.StartAsync(context.RequestAborted);
        await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        await body.CopyToAsync(answer.Body, 16 * 1024, context.RequestAborted);
        if (!answer.SupportsTrailers()) return;
        foreach (var (name, values) in response.TrailingHeaders.NonValidated) answer.AppendTrailer(name, new StringValues([.. values]));
    }

    static async Task JoinAsync(HttpContext context, HttpResponseMessage response)
    {
        await using var client = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        await using var server = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var up = client.CopyToAsync(server, ended.Token);
        var down = server.CopyToAsync(client, ended.Token);
        await Task.WhenAny(up, down);
        await ended.CancelAsync();
    }

    static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var target = IPEndPoint.Parse(context.DnsEndPoint.Host.Contains(':') ? $"[{context.DnsEndPoint.Host}]:{context.DnsEndPoint.Port}" : $"{context.DnsEndPoint.Host}:{context.DnsEndPoint.Port}");
        var socket = await Node.Services.SocketPair.ConnectAsync(target, cancel) ?? throw new SocketException((int)SocketError.ConnectionRefused);
        return new NetworkStream(socket, ownsSocket: true);
    }

    public void Dispose() => _client.Dispose();

    /// <summary>A body that passes on every piece as it arrives.</summary>
    sealed class StreamedBody(Stream source) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var buffer = new byte[16 * 1024];
            for (int count; (count = await source.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                await stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                await stream.FlushAsync(cancellationToken);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = Headers.ContentLength ?? 0;
            return false; // a declared Content-Length header is sent as it is
        }
    }
}
