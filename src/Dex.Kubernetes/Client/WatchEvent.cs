using System.Text.Json.Nodes;

namespace Dex.Kubernetes.Client;

/// <summary>What happened to an object.</summary>
public enum WatchEventType
{
    /// <summary>It is there, or has come.</summary>
    Added,

    /// <summary>It has changed.</summary>
    Modified,

    /// <summary>It is gone, or no longer in the selection.</summary>
    Deleted,

    /// <summary>Everything that existed at the start has been reported; once per watch. The object is empty.</summary>
    Synced,
}

/// <summary>One event of a watch.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Object">The object; of one that vanished while the watch was blind only its type and metadata.</param>
public sealed record WatchEvent(WatchEventType Type, JsonObject Object);
