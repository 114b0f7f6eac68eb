using System.Text.Json.Serialization;
using Dex.App;
using Dex.Features.Environments;

namespace Dex.Features.Deploy;

/// <summary>What a deploy or a rollback did.</summary>
/// <param name="Environment">The key, <c>app/name</c>.</param>
/// <param name="Cluster">The cluster's name.</param>
/// <param name="Namespace">Where its objects live.</param>
/// <param name="Revision">The revision that it became; null when nothing changed.</param>
/// <param name="Services">Every service and whether it is ready.</param>
/// <param name="Url">The main service's address; null when nothing is routed.</param>
/// <param name="Changed">The workloads that were redeployed.</param>
/// <param name="Duration">In seconds.</param>
public sealed record DeployReport(
    string Environment,
    string Cluster,
    string Namespace,
    int? Revision,
    IReadOnlyList<ServiceResult> Services,
    string? Url,
    IReadOnlyList<string> Changed,
    TimeSpan Duration)
{
    /// <summary>A later deploy of the same environment has taken over; this one did nothing more.</summary>
    public bool Superseded { get; init; }
}

/// <summary>What a deploy would change.</summary>
/// <param name="Environment">The key, <c>app/name</c>.</param>
/// <param name="Cluster">The cluster's name.</param>
/// <param name="Objects">The objects that would change; empty when everything is as wanted.</param>
public sealed record DiffReport(string Environment, string Cluster, IReadOnlyList<ChangedObject> Objects)
{
    /// <summary>The file that the plan was written to.</summary>
    public string? File { get; init; }
}

/// <summary>One object that would change.</summary>
/// <param name="Object">Such as <c>Deployment/web</c>.</param>
/// <param name="Change"><c>create</c>, <c>change</c>, <c>restore</c> (somebody has changed it in the cluster) or <c>delete</c>.</param>
/// <param name="Fields">The fields; none of an object that is deleted.</param>
public sealed record ChangedObject(string Object, string Change, IReadOnlyList<ChangedField> Fields)
{
    /// <summary>Why the cluster would refuse it; null when it would not.</summary>
    public string? Refused { get; init; }
}

/// <summary>One field. The values of Secrets are hidden.</summary>
/// <param name="Path">Such as <c>spec.template.spec.containers[web].image</c>.</param>
/// <param name="Before">As JSON; null when the field is new.</param>
/// <param name="After">As JSON; null when the field goes.</param>
public sealed record ChangedField(string Path, string? Before, string? After);

/// <summary>One line of <c>dex history</c>.</summary>
/// <param name="Revision">Its number.</param>
/// <param name="Status"><c>ready</c> or <c>failed</c>.</param>
/// <param name="At">When it was deployed, by the server's clock.</param>
/// <param name="Age">Since then, by the server's clock; in seconds.</param>
/// <param name="Who">Who deployed it.</param>
/// <param name="Commit">The commit that was deployed.</param>
/// <param name="Message">What it was about.</param>
/// <param name="Images">Images by service.</param>
public sealed record RevisionSummary(int Revision, string Status, DateTimeOffset? At, TimeSpan? Age, string? Who, string? Commit, string? Message, IReadOnlyDictionary<string, string> Images);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(SecondsConverter)], DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeployReport))]
[JsonSerializable(typeof(DiffReport))]
[JsonSerializable(typeof(IReadOnlyList<RevisionSummary>))]
sealed partial class DeployJson : JsonSerializerContext;
