namespace Dex.Tests.Environments;

/// <summary>Asks some addresses in turn, without a pause, until it is stopped, and remembers every answer that is not as it should be.</summary>
sealed class IsolationProber : IAsyncDisposable
{
    readonly CancellationTokenSource _stop = new();
    readonly List<string> _failures = [];
    readonly Task _running;
    int _count;

    /// <param name="browser">Asks.</param>
    /// <param name="addresses">Whom.</param>
    /// <param name="isRight">Whether the body of an answer is as it should be.</param>
    public IsolationProber(HttpClient browser, IReadOnlyList<string> addresses, Func<string, bool> isRight)
    {
        _running = Task.Run(async () =>
        {
            for (; !_stop.IsCancellationRequested; Interlocked.Increment(ref _count))
            {
                var address = addresses[_count % addresses.Count];
                try
                {
                    using var answer = await browser.GetAsync(address, CancellationToken.None);
                    var body = await answer.Content.ReadAsStringAsync(CancellationToken.None);
                    if (!answer.IsSuccessStatusCode || !isRight(body)) _failures.Add($"{address}: {(int)answer.StatusCode} {body}");
                }
                catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
                {
                    _failures.Add($"{address}: {failure.Message}");
                }
            }
        });
    }

    /// <summary>How often it has asked.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Ends it; the failures.</summary>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
        return _failures;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}
