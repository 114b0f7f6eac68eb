using System.Globalization;
using System.Runtime.CompilerServices;
using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>Which part of a container's log to read.</summary>
public sealed record LogOptions
{
    /// <summary>Needed when the pod has more than one container.</summary>
    public string? Container { get; init; }

    /// <summary>Only so many last lines.</summary>
    public int? TailLines { get; init; }

    /// <summary>Of the container's run before the present one.</summary>
    public bool Previous { get; init; }

    /// <summary>Go on with new lines until the container ends.</summary>
    public bool Follow { get; init; }

    /// <summary>Begin each line with its RFC 3339 time.</summary>
    public bool Timestamps { get; init; }

    /// <summary>Only lines that are newer than this.</summary>
    public TimeSpan? Since { get; init; }

    /// <summary>Only lines from this moment on.</summary>
    public DateTimeOffset? SinceTime { get; init; }
}

/// <summary>Reading the logs of pods.</summary>
public static class PodLogs
{
    static readonly ResourceId Pods = KnownResources.Get("v1", "Pod");

    /// <summary>The lines that are there now.</summary>
    public static async Task<IReadOnlyList<string>> ReadLogAsync(this KubeClient client, string ns, string pod, LogOptions options, CancellationToken ct)
    {
        var lines = new List<string>();
        await foreach (var line in client.StreamLogAsync(ns, pod, options with { Follow = false }, ct))
        {
            lines.Add(line);
        }

        return lines;
    }

    /// <summary>Lines as they come. A connection that breaks ends the sequence with an <see cref="IOException"/>: the caller knows from where to go on.</summary>
    public static async IAsyncEnumerable<string> StreamLogAsync(this KubeClient client, string ns, string pod, LogOptions options, [EnumeratorCancellation] CancellationToken ct)
    {
        using var reader = new StreamReader(await client.OpenLogAsync(ns, pod, options, ct));
        while (await reader.ReadLineAsync(ct) is { } line)
        {
            yield return line;
        }
    }

    /// <summary>The log as bytes. The stream ends with the log or, when following, with the container.</summary>
    /// <exception cref="KubeApiException">There is no such pod or container, or it has not started.</exception>
    public static async Task<Stream> OpenLogAsync(this KubeClient client, string ns, string pod, LogOptions options, CancellationToken ct)
    {
        var query = new Query().Add("container", options.Container).Add("tailLines", options.TailLines).Add("previous", options.Previous)
            .Add("follow", options.Follow).Add("timestamps", options.Timestamps)
            .Add("sinceSeconds", options.Since is { } since ? Math.Max(1, (long)Math.Ceiling(since.TotalSeconds)) : null)
            .Add("sinceTime", options.SinceTime?.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        var response = await client.Transport.SendStreamAsync(new(HttpMethod.Get, Pods.Path(ns, pod, "log") + query) { Accept = "text/plain, */*" }, ct);
        return await response.Content.ReadAsStreamAsync(ct);
    }
}
