using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Dex.Features.Environments.Audit;

/// <summary>What a trail says.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Lines">The lines about the environment that was asked for, or all; the oldest first.</param>
public sealed record AuditReport(string Cluster, IReadOnlyList<JsonObject> Lines)
{
    /// <summary>With <c>--verify</c>, what was looked at; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<VerifiedTrail>? Verified { get; init; }

    /// <summary>With <c>--export</c>, the file; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Exported { get; init; }
}

/// <summary>What was found in one place.</summary>
/// <param name="Place">The file or the ConfigMaps.</param>
/// <param name="Lines">How many lines are there.</param>
/// <param name="Broken">The first broken place; null when the chain is whole.</param>
public sealed record VerifiedTrail(string Place, int Lines, string? Broken);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AuditReport))]
sealed partial class AuditJson : JsonSerializerContext;
