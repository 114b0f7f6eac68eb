using Dex.Apply.Records;

namespace Dex.Apply.Removal;

/// <summary>How a removal works.</summary>
public sealed record RemoveOptions
{
    /// <summary>How long to wait until everything is gone.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Who removes, for others who wait.</summary>
    public string Holder { get; init; } = "dex";

    /// <summary>See <see cref="DeployOptions.IsDead"/>.</summary>
    public Func<string, bool>? IsDead { get; init; }

    /// <summary>
    /// Decides, in the write that announces the removal, whether it still applies: gets the record as it is and returns what it says
    /// from now on, or null to leave the release alone. Null: it applies.
    /// </summary>
    public Func<ReleaseRecord, ReleaseRecord?>? Announce { get; init; }

    /// <summary>
    /// Objects that controllers made because of the release, in no inventory: deleted when what they were made for is gone, unless they have an owner
    /// with which they go.
    /// </summary>
    public Func<ReleaseRecord, IReadOnlyList<ObjectRef>>? Made { get; init; }

    /// <summary>
    /// What the record says after the removal; null deletes it, together with the revisions. Without it a clean removal deletes the record and any
    /// other keeps it.
    /// </summary>
    public Func<ReleaseRecord, RemoveResult, ReleaseRecord?>? Conclude { get; init; }

    /// <summary>When the time is up, take the finalizers off what is still held: their operators then never clean up what they guarded.</summary>
    public bool ForceFinalizers { get; init; }
}
