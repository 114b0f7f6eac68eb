namespace Dex.LocalCluster.Storage;

/// <summary>What happened to an object.</summary>
public enum ChangeType
{
    /// <summary>It was created, or existed when a subscriber joined.</summary>
    Added,

    /// <summary>It has a new revision.</summary>
    Modified,

    /// <summary>It is gone; the change carries its last state under the revision of the deletion.</summary>
    Deleted,
}

/// <summary>One committed change.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Object">The state after the change; for a deletion the last one.</param>
/// <param name="Previous">The state before it, null for an addition.</param>
public sealed record Change(ChangeType Type, StoredObject Object, StoredObject? Previous);
