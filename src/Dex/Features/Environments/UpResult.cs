using System.Text.Json.Serialization;
using Dex.App;

namespace Dex.Features.Environments;

/// <summary>What <c>dex up</c> made.</summary>
/// <param name="Environment">The key, <c>app/name</c>.</param>
/// <param name="Namespace">Where its objects live.</param>
/// <param name="Services">Every service and whether it is ready.</param>
/// <param name="Url">The main service's address; null when nothing is routed.</param>
/// <param name="Changed">What was redeployed; empty when everything was as wanted.</param>
/// <param name="Durations">How long each part took.</param>
public sealed record UpResult(
    string Environment,
    string Namespace,
    IReadOnlyList<ServiceResult> Services,
    string? Url,
    IReadOnlyList<string> Changed,
    UpDurations Durations)
{
    /// <summary>When it ends; null for never.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>It existed, and <c>--if-exists skip</c> left it alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Skipped { get; init; }

    /// <summary>The later run that took over, when this one yielded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SupersededBy { get; init; }

    /// <summary>With <c>--dry-run</c>, what would be done; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Planned { get; init; }

    internal static UpResult Of(EnvironmentSpec spec, bool ready, UpDurations durations) => new(
        spec.Key.ToString(),
        spec.Namespace,
        [.. spec.Services.Select(service => new ServiceResult(service.Name, service.Image, ready, service.Url))],
        spec.Url,
        [],
        durations);
}

/// <summary>One service of an environment.</summary>
public sealed record ServiceResult(string Name, string? Image, bool Ready, string? Url);

/// <summary>How long the parts of <c>dex up</c> took, in seconds.</summary>
/// <param name="Build">Checking and building images, the start of the cluster running beside it.</param>
/// <param name="Deploy">Planning and applying objects.</param>
/// <param name="Ready">Waiting until everything was ready.</param>
/// <param name="Total">From the command to its end.</param>
public sealed record UpDurations(TimeSpan Build, TimeSpan Deploy, TimeSpan Ready, TimeSpan Total);

/// <summary>The receipt of <c>dex down</c>.</summary>
/// <param name="Environment">The key, <c>app/name</c>.</param>
/// <param name="Verdict"><c>clean</c>, <c>leaked</c> or <c>unverified</c>; <c>superseded</c> when a later run took over, <c>planned</c> for a dry run.</param>
/// <param name="Removed">What existed and is gone.</param>
/// <param name="Remaining">What is still there, with the reason.</param>
/// <param name="Durations">How long it took.</param>
public sealed record DownResult(
    string Environment,
    string Verdict,
    IReadOnlyList<string> Removed,
    IReadOnlyList<string> Remaining,
    DownDurations Durations)
{
    /// <summary>What was left alone on purpose, with the reason.</summary>
    public IReadOnlyList<string> Kept { get; init; } = [];

    /// <summary>Objects whose finalizers were taken off by <c>--force-finalizers</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Forced { get; init; }

    /// <summary>With <c>--dry-run</c>, what would be removed; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Planned { get; init; }

    /// <summary>The later run that took over, when this one yielded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SupersededBy { get; init; }
}

/// <summary>How long the parts of <c>dex down</c> took, in seconds.</summary>
public sealed record DownDurations(TimeSpan Remove, TimeSpan Verify, TimeSpan Total);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(SecondsConverter)])]
[JsonSerializable(typeof(UpResult))]
[JsonSerializable(typeof(DownResult))]
[JsonSerializable(typeof(EnvironmentList))]
sealed partial class EnvironmentsJson : JsonSerializerContext;
