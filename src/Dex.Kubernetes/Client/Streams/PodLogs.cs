using Dex.Kubernetes.Model;

namespace Dex.Kubernetes.Client;

/// <summary>What to read of a container's log.</summary>
public sealed record LogOptions
{
    /// <summary>The container; null where the pod has one only.</summary>
    public string? Container { get; init; }

    /// <summary>Go on until the container ends.</summary>
    public bool Follow { get; init; }

    /// <summary>The last lines only; null for all.</summary>
    public int? TailLines { get; init; }

    /// <summary>The container's previous run.</summary>
    public bool Previous { get; init; }

    /// <summary>Put the time before each line, as RFC 3339.</summary>
    public bool Timestamps { get; init; }

    /// <summary>Not older than this; null for everything that is kept.</summary>
    public TimeSpan? Since { get; init; }
}

/// <summary>Container logs.</summary>
public static class PodLogs
{
    private static readonly ResourceId Pods = KnownResources.Get("v1", "Pod");

    /// <summary>Opens a log. The stream ends with the log, or, when following, with the container.</summary>
    /// <exception cref="KubeApiException">There is no such pod or container, or it has not started.</exception>
    public static async Task<Stream> OpenLogAsync(this KubeClient client, string ns, string pod, LogOptions options, CancellationToken cancellationToken)
    {
        var query = new Query().Add("container", options.Container).Add("follow", options.Follow).Add("tailLines", options.TailLines)
            .Add("previous", options.Previous).Add("timestamps", options.Timestamps).Add("sinceSeconds", (int?)options.Since?.TotalSeconds);
        var response = await client.Transport.SendStreamAsync(new KubeRequest(HttpMethod.Get, Pods.Path(ns, pod, "log") + query) { Accept = "text/plain, */*" }, cancellationToken);
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }
}
