using System.Text.Json.Nodes;
using Dex.Yaml;

namespace Dex.Apply.Records;

/// <summary>
/// What is known of a release, kept in the cluster: everything that a removal needs, and what the caller adds. Written before
/// objects are (with intents) and after, so that a crash at any point leaves a superset of what exists.
/// </summary>
public sealed record ReleaseRecord
{
    /// <summary>Counts the runs that began; a run whose number is not the last one any more stops.</summary>
    public long Generation { get; init; }

    /// <summary>The caller's part: what the release is meant to be. Not shared with the engine's copy.</summary>
    public JsonObject Spec { get; init; } = [];

    /// <summary>The caller's part: how the release is.</summary>
    public JsonObject Status { get; init; } = [];

    /// <summary>Every object that may exist because of this release.</summary>
    public IReadOnlyList<InventoryEntry> Inventory { get; init; } = [];

    /// <summary>The number of the last revision; 0 when none is kept.</summary>
    public int Revision { get; init; }

    /// <summary>
    /// Whether a deploy whose revision is to be kept has begun and not written it yet. One that was killed in between is completed by
    /// the next run, or a later rollback would return to what was there before it.
    /// </summary>
    public bool Pending { get; init; }

    /// <summary>Labels of the ConfigMap.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>When the record was created, by the server's clock.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The stored state that this is; empty when it is not stored.</summary>
    public string ResourceVersion { get; init; } = "";
}

/// <summary>A release that was found by its record.</summary>
/// <param name="Release">Its place and labels.</param>
/// <param name="Record">What the record says; null when it cannot be read.</param>
/// <param name="Problem">Why it cannot be read.</param>
public sealed record StoredRelease(Release Release, ReleaseRecord? Record, Diagnostic? Problem);
