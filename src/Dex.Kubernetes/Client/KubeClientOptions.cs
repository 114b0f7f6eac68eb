namespace Dex.Kubernetes.Client;

/// <summary>How a <see cref="KubeClient"/> behaves.</summary>
public sealed record KubeClientOptions
{
    /// <summary>The clock of timeouts, retries and caches.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The User-Agent header.</summary>
    public string UserAgent { get; init; } = "dex";

    /// <summary>How long one attempt may take, headers and body; streams (watch, logs) count their headers only.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a request is tried at most when the failure is one that passes.</summary>
    public int MaxAttempts { get; init; } = 6;

    /// <summary>The wait before the second attempt; it doubles with every further one, up to 10 s, half of it random.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Takes each distinct warning of the server once.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>Is told of every write; null for nobody.</summary>
    public MutationObserver? Observer { get; init; }

    /// <summary>Where discovery is kept between processes; null keeps it in memory.</summary>
    public string? DiscoveryFolder { get; init; }

    /// <summary>How long a kept discovery is believed. A kind that it lacks is asked for at once in any case.</summary>
    public TimeSpan DiscoveryLifetime { get; init; } = TimeSpan.FromMinutes(10);
}
