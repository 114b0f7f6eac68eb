using System.Text.Json.Serialization;

namespace Dex.Features.Environments;

/// <summary>What <c>dex ls</c> found.</summary>
/// <param name="Environments">The environments by key.</param>
/// <param name="Unreachable">Clusters that did not answer, with the reason.</param>
/// <param name="Unreadable">Records that this version cannot read, with the reason.</param>
public sealed record EnvironmentList(IReadOnlyList<EnvironmentSummary> Environments, IReadOnlyList<UnreachableCluster> Unreachable, IReadOnlyList<string> Unreadable);

/// <summary>A cluster that did not answer.</summary>
public sealed record UnreachableCluster(string Cluster, string Reason);

/// <summary>One line of <c>dex ls</c>. Times are of the cluster's clock.</summary>
public sealed record EnvironmentSummary(
    string Environment,
    string Cluster,
    string Namespace,
    string State,
    string? Configuration,
    string? Url,
    string? Owner,
    string? Team,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? ExpiresAt)
{
    /// <summary>Until when it stays although it has expired.</summary>
    public DateTimeOffset? PinnedUntil { get; init; }

    /// <summary>Why it stays.</summary>
    public string? PinReason { get; init; }

    /// <summary>What the last removal could not take away.</summary>
    public IReadOnlyList<string>? Remaining { get; init; }

    /// <summary>The cluster's clock, by which ages are told.</summary>
    [JsonIgnore]
    public DateTimeOffset Now { get; init; }
}
