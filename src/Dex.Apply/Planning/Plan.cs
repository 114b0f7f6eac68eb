using System.Text.Json.Nodes;
using Dex.Apply.Planning;
using Dex.Apply.Records;
using Dex.Kubernetes.Model;

namespace Dex.Apply;

/// <summary>What a deploy does with an object.</summary>
public enum ChangeKind
{
    /// <summary>It is as wanted.</summary>
    Unchanged,

    /// <summary>It does not exist.</summary>
    Create,

    /// <summary>What is wanted has changed.</summary>
    Change,

    /// <summary>The same is wanted, but somebody has changed it in the cluster.</summary>
    Restore,
}

/// <summary>One wanted object beside the one that exists.</summary>
public sealed record PlannedObject(ObjectRef Ref, ResourceId Resource, JsonObject Desired, ChangeKind Change)
{
    /// <summary>The object in the cluster; null when there is none.</summary>
    public JsonObject? Live { get; init; }

    /// <summary>Identifies what is wanted.</summary>
    public required string Hash { get; init; }
}

/// <summary>Everything a deploy would do, and the state of the cluster that it holds for.</summary>
public sealed record Plan
{
    /// <summary>The wanted objects in the order given.</summary>
    public required IReadOnlyList<PlannedObject> Objects { get; init; }

    /// <summary>The same objects in the order of sending.</summary>
    internal IReadOnlyList<Step> Steps { get; init; } = [];

    /// <summary>What an earlier deploy made and is not wanted any more.</summary>
    public required IReadOnlyList<InventoryEntry> Deleted { get; init; }

    /// <summary>The release's record; null before the first deploy.</summary>
    public required ReleaseRecord? Record { get; init; }

    /// <summary>Whether a deploy would do nothing.</summary>
    public bool IsEmpty => Deleted.Count == 0 && Objects.All(obj => obj.Change == ChangeKind.Unchanged);
}
