using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Dex.Kubernetes.Client;

/// <summary>Sends requests with identity and retries, and turns answers that refuse into exceptions.</summary>
sealed partial class KubeTransport(KubeConnection connection, KubeClientOptions options) : IDisposable
{
    const int MaxRenewals = 3;
    readonly ConcurrentDictionary<string, bool> _warnings = new(StringComparer.Ordinal);
    readonly string _root = connection.Server.AbsoluteUri.TrimEnd('/');
    readonly RetryPolicy _retries = new(options);
    readonly Lock _gate = new();
    (IReadOnlyList<X509Certificate2> Certificates, HttpMessageInvoker Invoker)? _current;
    (DateTimeOffset Server, long Local)? _clock;

    /// <summary>The server's clock, from the Date of its last answer and the time since; null before the first answer.</summary>
    public DateTimeOffset? ServerNow => _clock is { } seen ? seen.Server + options.Time.GetElapsedTime(seen.Local) : null;

    public TimeProvider Time => options.Time;

    /// <summary>Sends, and reads the whole answer as one JSON object.</summary>
    public Task<JsonObject> SendJsonAsync(KubeRequest request, CancellationToken ct) => SendAsync(request, ReadObjectAsync, ct);

    /// <summary>Sends, and hands out the body while it flows. The caller disposes the response.</summary>
    public Task<HttpResponseMessage> SendStreamAsync(KubeRequest request, CancellationToken ct) =>
        SendAsync(request with { IsStream = true }, static (response, _) => Task.FromResult(response), ct);

    /// <summary>Asks for a WebSocket with one of the sub-protocols. The caller disposes it.</summary>
    public Task<WebSocket> OpenWebSocketAsync(string path, IReadOnlyList<string> protocols, CancellationToken ct)
    {
        var key = Convert.ToBase64String(Guid.NewGuid().ToByteArray());
        return SendAsync(new(HttpMethod.Get, path) { WebSocketProtocols = protocols, WebSocketKey = key, IsRepeatable = false, IsStream = true }, Upgrade, ct);

        async Task<WebSocket> Upgrade(HttpResponseMessage response, CancellationToken token)
        {
            if (response.StatusCode != HttpStatusCode.SwitchingProtocols)
            {
                throw new KubeApiException(new(502, "", "the server, or a proxy before it, does not speak WebSocket"), "GET", PathOnly(path));
            }

            return WebSocket.CreateFromStream(await response.Content.ReadAsStreamAsync(token), new()
            {
                SubProtocol = response.Headers.TryGetValues("Sec-WebSocket-Protocol", out var chosen) ? chosen.First() : null,
                KeepAliveInterval = TimeSpan.FromSeconds(30),
            });
        }
    }

    /// <summary>
    /// Sends until an attempt succeeds or a failure does not pass. <paramref name="read"/> belongs to the attempt: a body that
    /// breaks off is a failed attempt.
    /// </summary>
    public async Task<T> SendAsync<T>(KubeRequest request, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        var renewals = 0;
        Identity? refused = null;
        for (var attempt = 1; ; attempt++)
        {
            var identity = await connection.Credential.GetAsync(ct);
            Exception failure;
            try
            {
                return await AttemptAsync(request, identity, read, ct);
            }
            catch (Exception error) when (!ct.IsCancellationRequested && Translate(error) is { } translated)
            {
                failure = translated;
            }

            // The same again is refused again; another one may have ended, too, while the request waited for its turn.
            if (failure is KubeApiException { IsUnauthorized: true } && !identity.IsSame(refused) && renewals++ < MaxRenewals && connection.Credential.Renew(identity))
            {
                refused = identity;
                attempt--;
                continue;
            }

            if (_retries.Wait(request, failure, attempt) is not { } wait)
            {
                throw failure;
            }

            await Task.Delay(wait, options.Time, ct);
        }
    }

    public void Dispose() => _current?.Invoker.Dispose();

    async Task<T> AttemptAsync<T>(KubeRequest request, Identity identity, Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken ct)
    {
        using var timeout = new CancellationTokenSource(options.RequestTimeout, options.Time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        using var message = Message(request, identity);
        var response = await Invoker(identity.Certificates).SendAsync(message, limited.Token);
        var keep = false;
        try
        {
            Note(response);
            if (response.StatusCode != HttpStatusCode.SwitchingProtocols && !response.IsSuccessStatusCode)
            {
                throw new KubeApiException(await ReadStatusAsync(response, limited.Token), request.Method.Method, PathOnly(request.Path));
            }

            var result = await read(response, limited.Token);
            keep = request.IsStream;
            return result;
        }
        finally
        {
            if (!keep)
            {
                response.Dispose();
            }
        }
    }

    HttpRequestMessage Message(KubeRequest request, Identity identity)
    {
        var upgrade = request.WebSocketProtocols.Count > 0;
        var message = new HttpRequestMessage(request.Method, _root + request.Path)
        {
            Version = upgrade ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = upgrade ? HttpVersionPolicy.RequestVersionExact : HttpVersionPolicy.RequestVersionOrLower,
        };
        var headers = message.Headers;
        headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
        if (identity.Authorization is not null)
        {
            headers.TryAddWithoutValidation("Authorization", identity.Authorization);
        }

        Impersonate(headers);
        if (upgrade)
        {
            headers.TryAddWithoutValidation("Connection", "Upgrade");
            headers.TryAddWithoutValidation("Upgrade", "websocket");
            headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
            headers.TryAddWithoutValidation("Sec-WebSocket-Key", request.WebSocketKey);
            headers.TryAddWithoutValidation("Sec-WebSocket-Protocol", string.Join(", ", request.WebSocketProtocols));
        }
        else
        {
            headers.TryAddWithoutValidation("Accept", request.Accept);
        }

        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }

        return message;
    }

    void Impersonate(HttpRequestHeaders headers)
    {
        if (connection.Impersonate is not { } who)
        {
            return;
        }

        if (who.User is not null)
        {
            headers.TryAddWithoutValidation("Impersonate-User", who.User);
        }

        if (who.Uid is not null)
        {
            headers.TryAddWithoutValidation("Impersonate-Uid", who.Uid);
        }

        foreach (var group in who.Groups)
        {
            headers.TryAddWithoutValidation("Impersonate-Group", group);
        }

        foreach (var (key, values) in who.Extra)
        {
            headers.TryAddWithoutValidation("Impersonate-Extra-" + Uri.EscapeDataString(key), values);
        }
    }

    /// <summary>A plugin may hand out another client certificate later; it needs new connections.</summary>
    HttpMessageInvoker Invoker(IReadOnlyList<X509Certificate2> certificates)
    {
        lock (_gate)
        {
            if (_current is not { } now || !ReferenceEquals(now.Certificates, certificates))
            {
                // Streams may still run on the former handler: it is left to them, and its idle connections end by themselves.
                _current = now = (certificates, new HttpMessageInvoker(ConnectionHandler.Create(connection, certificates)));
            }

            return now.Invoker;
        }
    }

    void Note(HttpResponseMessage response)
    {
        if (response.Headers.Date is { } date)
        {
            _clock = (date, options.Time.GetTimestamp());
        }

        if (options.Warning is null || !response.Headers.TryGetValues("Warning", out var values))
        {
            return;
        }

        foreach (Match match in values.SelectMany(value => WarningText().Matches(value)))
        {
            var text = Regex.Unescape(match.Groups["text"].Value);
            if (_warnings.TryAdd(text, true))
            {
                options.Warning(text);
            }
        }
    }

    static async Task<JsonObject> ReadObjectAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var bytes = await response.Content.ReadAsByteArrayAsync(ct);
        return JsonNode.Parse(bytes) as JsonObject ?? throw new JsonException("the answer is no JSON object");
    }

    static async Task<KubeStatus> ReadStatusAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var code = (int)response.StatusCode;
        var text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(ct));
        KubeStatus status;
        try
        {
            status = JsonNode.Parse(text) is JsonObject body ? KubeStatus.From(body, code) : new(code, "", text.Trim());
        }
        catch (JsonException)
        {
            status = new(code, "", text.Length > 0 ? text.Trim() : $"HTTP {code} {response.ReasonPhrase}");
        }

        var after = response.Headers.RetryAfter;
        return after is null ? status : status with { RetryAfter = after.Delta ?? after.Date - response.Headers.Date ?? status.RetryAfter };
    }

    /// <summary>The typed form of a failure, or null when it is none of the connection's.</summary>
    Exception? Translate(Exception error) => error switch
    {
        KubeApiException => error,
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => Lost(ConnectionFailure.Tls, error),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.ProxyTunnelError }
            => Lost(ConnectionFailure.Unreachable, error),
        System.Security.Authentication.AuthenticationException => Lost(ConnectionFailure.Tls, error),
        OperationCanceledException => Lost(ConnectionFailure.TimedOut, new TimeoutException($"no answer within {options.RequestTimeout.TotalSeconds:0.#} s", error)),
        HttpRequestException or IOException or JsonException => Lost(ConnectionFailure.Broken, error),
        _ => null,
    };

    KubeConnectionException Lost(ConnectionFailure failure, Exception cause) => new(connection.Server, failure, cause);

    static string PathOnly(string path) => path.Split('?')[0];

    [GeneratedRegex(@"299 \S+ ""(?<text>([^""\\]|\\.)*)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex WarningText();
}
