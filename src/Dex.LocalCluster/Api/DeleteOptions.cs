namespace Dex.LocalCluster.Api;

/// <summary>How to delete (meta/v1 DeleteOptions).</summary>
public sealed record DeleteOptions
{
    /// <summary>Seconds the object may take to end; null: what the kind says (a pod's own period, else 0).</summary>
    public long? GracePeriodSeconds { get; init; }

    /// <summary><c>Background</c>, <c>Foreground</c> or <c>Orphan</c>; null means Background.</summary>
    public string? PropagationPolicy { get; init; }

    /// <summary>Deletes only the object with this uid.</summary>
    public string? Uid { get; init; }

    /// <summary>Deletes only the object at this revision.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Runs every rule and stores nothing.</summary>
    public bool DryRun { get; init; }
}
