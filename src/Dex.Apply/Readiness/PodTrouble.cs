namespace Dex.Apply.Readiness;

/// <summary>What is wrong with a pod, as its status and events tell.</summary>
/// <param name="Container">The container, or empty when the whole pod is meant.</param>
/// <param name="Message">The cluster's own words; may be empty.</param>
sealed record PodTrouble(TroubleKind Kind, string Container, string Message)
{
    /// <summary>What something missing may take to come, when it comes by itself.</summary>
    public static readonly TimeSpan Short = TimeSpan.FromSeconds(15);

    /// <summary>What a fault of the network may take to pass.</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    /// <summary>Whether it is an init container, without which no other starts.</summary>
    public bool Init { get; init; }

    /// <summary>How often the container has ended and was started again.</summary>
    public long Restarts { get; init; }

    /// <summary>The exit code of its last end, when it ended.</summary>
    public long? ExitCode { get; init; }

    /// <summary>Whether the container was killed because it had not started within what its startup probe allows.</summary>
    public bool StartupOver { get; init; }

    /// <summary>Whether a probe failed that may have had the container killed; only all events tell whether it did.</summary>
    public bool Probed { get; init; }

    /// <summary>How long it must last before it counts as certain; null: it never does, as it may pass at any time.</summary>
    public TimeSpan? Patience { get; init; }
}
