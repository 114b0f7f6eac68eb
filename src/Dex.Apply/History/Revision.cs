using System.Text.Json.Nodes;

namespace Dex.Apply.History;

/// <summary>One deploy of a release, as it is remembered.</summary>
/// <param name="Number">Counts from 1.</param>
public sealed record Revision(int Number)
{
    /// <summary>When it was deployed, by the server's clock.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Whether everything became ready.</summary>
    public required bool Succeeded { get; init; }

    /// <summary>What the caller said about it: who, commit, image digests, config hash.</summary>
    public required JsonObject About { get; init; }

    /// <summary>The objects as they are stored, where that was made ready before.</summary>
    internal byte[]? Packed { get; init; }

    /// <summary>The wanted objects; Secrets without their values.</summary>
    public required IReadOnlyList<JsonObject> Objects { get; init; }
}
