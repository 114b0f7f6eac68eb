using System.Text.Json.Serialization;
using Dex.App;

namespace Dex.Features.Environments.Lifetime;

/// <summary>When an environment ends, after a command changed that.</summary>
/// <param name="Environment">The key, <c>app/name</c>.</param>
/// <param name="Cluster">The cluster's name.</param>
/// <param name="ExpiresAt">When it may be removed; null for never.</param>
/// <param name="PinnedUntil">Until when it stays although it has expired.</param>
/// <param name="PinReason">Why it stays.</param>
public sealed record LifeReport(string Environment, string Cluster, DateTimeOffset? ExpiresAt, DateTimeOffset? PinnedUntil, string? PinReason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(SecondsConverter)], DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LifeReport))]
sealed partial class LifetimeJson : JsonSerializerContext;
