using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dex.Apply.Records;

namespace Dex.Features.Environments.Lifetime;

/// <summary>Where an environment is in its life.</summary>
public enum LifeState
{
    /// <summary>It is meant to be there.</summary>
    [JsonStringEnumMemberName("live")]
    Live,

    /// <summary>A removal has begun and has not proved yet that nothing is left.</summary>
    [JsonStringEnumMemberName("removing")]
    Removing,

    /// <summary>It is gone; only its record is kept for a while.</summary>
    [JsonStringEnumMemberName("deleted")]
    Deleted,
}

/// <summary>What a record says about an environment's life. All times are the server's.</summary>
public sealed record EnvironmentStatus
{
    /// <summary>The incarnation that all of this is about.</summary>
    public required string Incarnation { get; init; }

    /// <summary>Where it is in its life.</summary>
    public LifeState State { get; init; }

    /// <summary>When this incarnation was made.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it may be removed; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Until when it stays although it has expired.</summary>
    public DateTimeOffset? PinnedUntil { get; init; }

    /// <summary>Why it stays.</summary>
    public string? PinReason { get; init; }

    /// <summary>The run that last announced itself, in words: <c>ann@laptop</c> or the address of a CI run.</summary>
    public string? Run { get; init; }

    /// <summary>When the last removal began.</summary>
    public DateTimeOffset? RemovingSince { get; init; }

    /// <summary>When nothing was left.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>What the last removal found: <c>clean</c>, <c>leaked</c>, <c>unverified</c>.</summary>
    public string? Verdict { get; init; }

    /// <summary>What was still there then, with the reason.</summary>
    public IReadOnlyList<string>? Remaining { get; init; }

    /// <summary>Finalizers that somebody had taken off, with who and why.</summary>
    public IReadOnlyList<ForcedFinalizers>? Forced { get; init; }

    /// <summary>Whether its time is over and nothing holds it.</summary>
    public bool IsDue(DateTimeOffset now) => State switch
    {
        LifeState.Live => ExpiresAt <= now && !(PinnedUntil > now),
        LifeState.Removing => true,
        _ => false,
    };

    /// <summary>As it is stored.</summary>
    public JsonObject ToJson() => (JsonObject)JsonSerializer.SerializeToNode(this, StatusJson.Default.EnvironmentStatus)!;

    /// <summary>
    /// What a record says. A record that was written without a life, as <c>dex deploy</c> does, or over the tombstone of an earlier
    /// incarnation, is of a live environment without an end.
    /// </summary>
    public static EnvironmentStatus Of(ReleaseRecord record, EnvironmentSpec spec)
    {
        var stored = record.Status.ContainsKey("incarnation") ? record.Status.Deserialize(StatusJson.Default.EnvironmentStatus) : null;
        return stored?.Incarnation == spec.Incarnation ? stored : new EnvironmentStatus { Incarnation = spec.Incarnation, CreatedAt = record.Created };
    }
}

/// <summary>An object whose finalizers were taken off.</summary>
public sealed record ForcedFinalizers(string Object, IReadOnlyList<string> Finalizers, string Reason, string By, DateTimeOffset At);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(EnvironmentStatus))]
sealed partial class StatusJson : JsonSerializerContext;
