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
    /// <summary>With <c>--dry-run</c>, what would be done; else null.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Planned { get; init; }
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
/// <param name="Verdict"><c>clean</c>, <c>leaked</c> or <c>unverified</c>.</param>
/// <param name="Removed">What existed and is gone.</param>
/// <param name="Remaining">What is still there, with the reason.</param>
/// <param name="Durations">How long it took.</param>
public sealed record DownResult(
    string Environment,
    string Verdict,
    IReadOnlyList<string> Removed,
    IReadOnlyList<string> Remaining,
    DownDurations Durations);

/// <summary>How long the parts of <c>dex down</c> took, in seconds.</summary>
public sealed record DownDurations(TimeSpan Remove, TimeSpan Verify, TimeSpan Total);

/// <summary>One line of <c>dex ls</c>.</summary>
public sealed record EnvironmentSummary(
    string Environment,
    string Cluster,
    string Namespace,
    string? Configuration,
    string? Url,
    string? Owner,
    DateTimeOffset? CreatedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(SecondsConverter)])]
[JsonSerializable(typeof(UpResult))]
[JsonSerializable(typeof(DownResult))]
[JsonSerializable(typeof(IReadOnlyList<EnvironmentSummary>))]
internal sealed partial class EnvironmentsJson : JsonSerializerContext;
