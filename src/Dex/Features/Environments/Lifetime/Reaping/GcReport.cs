using System.Text.Json.Serialization;
using Dex.App;

namespace Dex.Features.Environments.Lifetime.Reaping;

/// <summary>What <c>dex env gc</c> found and did.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Environments">The environments whose time is over.</param>
/// <param name="Orphans">Objects of environments that no record knows.</param>
/// <param name="Forgotten">How many tombstones were older than 30 days.</param>
/// <param name="Unverified">Kinds and API groups that could not be searched for orphans, and records that could not be read.</param>
/// <param name="Duration">In seconds.</param>
public sealed record GcReport(
    string Cluster, IReadOnlyList<ReapedEnvironment> Environments, IReadOnlyList<ReapedOrphan> Orphans, int Forgotten, IReadOnlyList<string> Unverified, TimeSpan Duration);

/// <summary>An environment whose time is over.</summary>
/// <param name="Environment">The key, <c>app/name</c>.</param>
/// <param name="Why">Such as <c>expired 2026-12-24 18:00Z</c>.</param>
/// <param name="Outcome"><c>clean</c>, <c>leaked</c>, <c>unverified</c> or <c>failed</c>; <c>kept</c> when it was renewed meanwhile, <c>due</c> when it was not its turn.</param>
public sealed record ReapedEnvironment(string Environment, string Why, string Outcome)
{
    /// <summary>What is still there, with the reason, or why it failed.</summary>
    public IReadOnlyList<string> Remaining { get; init; } = [];
}

/// <summary>Objects of an environment that no record knows.</summary>
/// <param name="Environment">The key, as their labels tell it.</param>
/// <param name="Id">The environment's id.</param>
/// <param name="Objects">The objects.</param>
/// <param name="Outcome">As of an environment; <c>orphan</c> when it was left alone.</param>
public sealed record ReapedOrphan(string Environment, string Id, IReadOnlyList<string> Objects, string Outcome)
{
    /// <summary>What is still there, with the reason, or why it failed.</summary>
    public IReadOnlyList<string> Remaining { get; init; } = [];
}

/// <summary>What <c>dex env adopt</c> made a record of.</summary>
/// <param name="Environment">The key, <c>app/name</c>.</param>
/// <param name="Cluster">The cluster.</param>
/// <param name="Objects">The objects.</param>
/// <param name="Adopted">Whether the record was written; false for a dry run.</param>
public sealed record AdoptedEnvironment(string Environment, string Cluster, IReadOnlyList<string> Objects, bool Adopted);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(SecondsConverter)])]
[JsonSerializable(typeof(GcReport))]
[JsonSerializable(typeof(IReadOnlyList<AdoptedEnvironment>))]
sealed partial class ReapingJson : JsonSerializerContext;
