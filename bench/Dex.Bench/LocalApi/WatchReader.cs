using System.Diagnostics;

namespace Dex.Bench.LocalApi;

/// <summary>One open watch; says when each event arrived.</summary>
sealed class WatchReader(HttpResponseMessage response, StreamReader lines) : IAsyncDisposable
{
    public static async Task<WatchReader> OpenAsync(HttpClient client, string path)
    {
        var response = await client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        return new WatchReader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>The timestamp at which the next event was read.</summary>
    public async Task<long> NextAsync()
    {
        await lines.ReadLineAsync();
        return Stopwatch.GetTimestamp();
    }

    /// <summary>Reads until something is deleted.</summary>
    public async Task DeletedAsync()
    {
        while (!(await lines.ReadLineAsync())!.StartsWith("{\"type\":\"DELETED\"", StringComparison.Ordinal))
        {
        }
    }

    public ValueTask DisposeAsync()
    {
        lines.Dispose();
        response.Dispose();
        return ValueTask.CompletedTask;
    }
}
