using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api;

/// <summary>One cause of a refused request.</summary>
/// <param name="Reason">Machine readable, such as <c>FieldValueInvalid</c>.</param>
/// <param name="Message">For people.</param>
/// <param name="Field">The path of the field, or null.</param>
public sealed record StatusCause(string Reason, string Message, string? Field = null);

/// <summary>What <c>Status.details</c> says.</summary>
public sealed record StatusDetails
{
    public string? Name { get; init; }
    public string? Group { get; init; }

    /// <summary>The plural resource, or the kind for validation errors, as the API server has it.</summary>
    public string? Kind { get; init; }

    public string? Uid { get; init; }
    public IReadOnlyList<StatusCause> Causes { get; init; } = [];
    public int? RetryAfterSeconds { get; init; }
}

/// <summary>A failure in the form of the API's <c>Status</c> (meta/v1).</summary>
/// <param name="Code">The HTTP status code.</param>
/// <param name="Reason">Machine readable; empty when the API gives none.</param>
/// <param name="Message">For people.</param>
/// <param name="Details">Null when the API gives none.</param>
public sealed record ApiStatus(int Code, string Reason, string Message, StatusDetails? Details = null)
{
    /// <summary>The token with which an expired list can go on, or null.</summary>
    public string? Continue { get; init; }

    /// <summary>The object on the wire.</summary>
    public JsonObject ToJson()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = Continue is null ? [] : new JsonObject { ["continue"] = Continue },
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (Reason.Length > 0)
            status["reason"] = Reason;
        if (Details is not null)
            status["details"] = ToJson(Details);
        status["code"] = Code;
        return status;
    }

    /// <summary>What operations without an object of their own answer.</summary>
    internal static JsonObject Success(StatusDetails? details = null)
    {
        var status = new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success" };
        if (details is not null)
            status["details"] = ToJson(details);
        return status;
    }

    static JsonObject ToJson(StatusDetails details)
    {
        var json = new JsonObject();
        if (!string.IsNullOrEmpty(details.Name))
            json["name"] = details.Name;
        if (!string.IsNullOrEmpty(details.Group))
            json["group"] = details.Group;
        if (!string.IsNullOrEmpty(details.Kind))
            json["kind"] = details.Kind;
        if (!string.IsNullOrEmpty(details.Uid))
            json["uid"] = details.Uid;
        if (details.Causes.Count > 0)
            json["causes"] = new JsonArray([.. details.Causes.Select(ToJson)]);
        if (details.RetryAfterSeconds is { } seconds)
            json["retryAfterSeconds"] = seconds;
        return json;
    }

    static JsonObject ToJson(StatusCause cause)
    {
        var json = new JsonObject { ["reason"] = cause.Reason, ["message"] = cause.Message };
        if (cause.Field is not null)
            json["field"] = cause.Field;
        return json;
    }
}
