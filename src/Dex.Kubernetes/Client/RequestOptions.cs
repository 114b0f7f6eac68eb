using System.Text.Json.Nodes;

namespace Dex.Kubernetes.Client;

/// <summary>What a server does about fields that the kind does not have.</summary>
public enum FieldValidation
{
    /// <summary>Refuse the object.</summary>
    Strict,

    /// <summary>Accept and warn.</summary>
    Warn,

    /// <summary>Accept silently.</summary>
    Ignore,
}

/// <summary>Options common to writes.</summary>
public record WriteOptions
{
    /// <summary>Who owns the fields that are written.</summary>
    public string FieldManager { get; init; } = "dex";

    /// <summary>Let the server do everything but store.</summary>
    public bool DryRun { get; init; }

    /// <summary>Null leaves it to the server, which warns.</summary>
    public FieldValidation? Validation { get; init; }

    /// <summary>Such as <c>status</c> or <c>scale</c>; null writes the object itself.</summary>
    public string? Subresource { get; init; }
}

/// <summary>Options of a server-side apply.</summary>
public sealed record ApplyPatchOptions : WriteOptions
{
    /// <summary>Take over fields that other managers own, instead of a conflict.</summary>
    public bool Force { get; init; }
}

/// <summary>The ways to change an object by a patch.</summary>
public enum PatchKind
{
    /// <summary>RFC 7386.</summary>
    Merge,

    /// <summary>RFC 6902.</summary>
    Json,

    /// <summary>Kubernetes' own, built-in kinds only.</summary>
    Strategic,
}

/// <summary>What becomes of an object's dependents when it is deleted.</summary>
public enum Propagation
{
    /// <summary>The object goes at once, dependents after it.</summary>
    Background,

    /// <summary>Dependents go first; the object stays until they are gone.</summary>
    Foreground,

    /// <summary>Dependents stay.</summary>
    Orphan,
}

/// <summary>Options of a deletion.</summary>
public sealed record DeleteRequest
{
    /// <summary>Delete only the object with this UID, so that one of the same name created since stays.</summary>
    public string? Uid { get; init; }

    /// <summary>Delete only this state of the object.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Null leaves it to the kind's default.</summary>
    public Propagation? Propagation { get; init; }

    /// <summary>How long the object may take to end; null leaves it to the object.</summary>
    public TimeSpan? GracePeriod { get; init; }

    /// <summary>Let the server do everything but delete.</summary>
    public bool DryRun { get; init; }

    internal JsonObject ToJson()
    {
        var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        if (Uid is not null || ResourceVersion is not null)
        {
            var preconditions = new JsonObject();
            if (Uid is not null)
            {
                preconditions["uid"] = Uid;
            }

            if (ResourceVersion is not null)
            {
                preconditions["resourceVersion"] = ResourceVersion;
            }

            body["preconditions"] = preconditions;
        }

        if (Propagation is { } propagation)
        {
            body["propagationPolicy"] = propagation.ToString();
        }

        if (GracePeriod is { } grace)
        {
            body["gracePeriodSeconds"] = (long)grace.TotalSeconds;
        }

        if (DryRun)
        {
            body["dryRun"] = new JsonArray("All");
        }

        return body;
    }
}

/// <summary>Which objects a list or a watch is about.</summary>
public sealed record Selection
{
    /// <summary>All of the kind.</summary>
    public static Selection All { get; } = new();

    /// <summary>A label selector in the form of a query.</summary>
    public string? Labels { get; init; }

    /// <summary>A field selector in the form of a query, such as <c>metadata.name=web</c>.</summary>
    public string? Fields { get; init; }

    /// <summary>Only <c>apiVersion</c>, <c>kind</c> (<c>PartialObjectMetadata</c>) and <c>metadata</c> of each object.</summary>
    public bool MetadataOnly { get; init; }

    /// <summary>How many objects the server sends at once.</summary>
    public int PageSize { get; init; } = 500;
}

/// <summary>The objects of a list and the revision that the list shows, which a watch can go on from.</summary>
public sealed record KubeList(IReadOnlyList<JsonObject> Items, string ResourceVersion);
