using System.Net.Http.Headers;
using System.Text;
using Dex.Features.Cluster;
using Dex.Yaml;

namespace Dex.Features.Environments.Audit.Sinks;

/// <summary>
/// A server that receives batches of lines by POST. Every run of dex is a chain of its own there, named by a header: what other runs
/// sent is not known here.
/// </summary>
sealed class HttpSink(AuditReceiver receiver, string run, TimeProvider time) : IAuditSink, IDisposable
{
    const int Attempts = 4;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = TimeSpan.FromSeconds(5) };
    ChainHead _head = ChainHead.Start;

    public string Name => receiver.Url;

    public async Task AppendAsync(IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        var head = _head;
        var text = new StringBuilder();
        foreach (var entry in entries)
        {
            (var line, head) = AuditLine.Seal(entry, head);
            text.Append(line).Append('\n');
        }

        await SendAsync(text.ToString(), cancellationToken);
        _head = head;
    }

    public void Dispose() => _http.Dispose();

    async Task SendAsync(string lines, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var request = await RequestAsync(lines, cancellationToken);
                using var response = await _http.SendAsync(request, cancellationToken);
                if (response.IsSuccessStatusCode) return;
                var passes = (int)response.StatusCode is 408 or 429 or >= 500;
                if (!passes || attempt == Attempts) throw new AuditSinkException($"it answered {(int)response.StatusCode} {response.ReasonPhrase}");
            }
            catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                if (attempt == Attempts) throw new AuditSinkException(failure is TaskCanceledException ? "it does not answer" : failure.Message, failure);
            }

            await Task.Delay(Pause * (1 << attempt), time, cancellationToken);
        }
    }

    async Task<HttpRequestMessage> RequestAsync(string lines, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, receiver.Url) { Content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson") };
        request.Headers.TryAddWithoutValidation("Dex-Audit-Chain", run);
        if (receiver.Token is not { } token) return request;
        try
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await token.GetAsync(cancellationToken)).Reveal());
            return request;
        }
        catch (DiagnosticException failure)
        {
            request.Dispose();
            throw new AuditSinkException($"its token cannot be had: {failure.Diagnostics[0].Title}", failure);
        }
    }
}
