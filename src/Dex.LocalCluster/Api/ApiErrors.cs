
namespace Dex.LocalCluster.Api;

/// <summary>The refusals of the API, worded as kube-apiserver words them: clients match on some of these texts.</summary>
static class ApiErrors
{
    public static ApiException NotFound(ResourceType type, string name) =>
        new(new ApiStatus(404, "NotFound", $"{type.QualifiedName} \"{name}\" not found", Named(type, name)));

    public static ApiException NamespaceNotFound(string name) =>
        new(new ApiStatus(404, "NotFound", $"namespaces \"{name}\" not found", new StatusDetails { Name = name, Kind = "namespaces" }));

    public static ApiException UnknownResource() =>
        new(new ApiStatus(404, "NotFound", "the server could not find the requested resource", new StatusDetails()));

    public static ApiException AlreadyExists(ResourceType type, string name) =>
        new(new ApiStatus(409, "AlreadyExists", $"{type.QualifiedName} \"{name}\" already exists", Named(type, name)));

    public static ApiException Modified(ResourceType type, string name) =>
        Conflict(type, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiException Conflict(ResourceType type, string name, string message) =>
        new(new ApiStatus(409, "Conflict", $"Operation cannot be fulfilled on {type.QualifiedName} \"{name}\": {message}", Named(type, name)));

    public static ApiException DeletePrecondition(ResourceType type, string name, string field, string wanted, string actual) =>
        new(new ApiStatus(409, "Conflict",
            $"Operation cannot be fulfilled on {type.QualifiedKind} \"{name}\": the {field} in the precondition ({wanted}) does not match the {field} in record ({actual}). The object might have been {(field == "UID" ? "deleted and then recreated" : "modified")}",
            new StatusDetails { Name = name, Group = type.Group, Kind = type.Kind }));

    public static ApiException BadRequest(string message) => new(new ApiStatus(400, "BadRequest", message));

    public static ApiException Internal(string message) => new(new ApiStatus(500, "", message));

    public static ApiException Forbidden(ResourceType type, string name, string message) =>
        new(new ApiStatus(403, "Forbidden", name.Length == 0 ? $"{type.QualifiedName} is forbidden: {message}" : $"{type.QualifiedName} \"{name}\" is forbidden: {message}", Named(type, name)));

    public static ApiException NamespaceTerminating(ResourceType type, string ns, string name) =>
        new(new ApiStatus(403, "Forbidden",
            $"{type.QualifiedName} \"{name}\" is forbidden: unable to create new content in namespace {ns} because it is being terminated",
            Named(type, name) with { Causes = [new StatusCause("NamespaceTerminating", $"namespace {ns} is being terminated", "metadata.namespace")] }));

    /// <summary>422; one cause stands alone, several stand in brackets.</summary>
    public static ApiException Invalid(ResourceType type, string name, IReadOnlyList<StatusCause> causes) =>
        Invalid(type.Group, type.Kind, name, causes);

    public static ApiException Invalid(string group, string kind, string name, IReadOnlyList<StatusCause> causes)
    {
        var lines = causes.Select(c => $"{c.Field}: {c.Message}").Distinct(StringComparer.Ordinal).ToList();
        var text = lines.Count == 1 ? lines[0] : $"[{string.Join(", ", lines)}]";
        var qualified = group.Length == 0 ? kind : $"{kind}.{group}";
        return new ApiException(new ApiStatus(422, "Invalid", $"{qualified} \"{name}\" is invalid: {text}",
            new StatusDetails { Name = name, Group = group, Kind = kind, Causes = causes }));
    }

    public static ApiException RejectedPatch() =>
        new(new ApiStatus(422, "Invalid", "the server rejected our request due to an error in our request", new StatusDetails()));

    public static ApiException MethodNotAllowed() =>
        new(new ApiStatus(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", new StatusDetails()));

    public static ApiException UnsupportedMediaType(params IEnumerable<string> accepted) =>
        new(new ApiStatus(415, "UnsupportedMediaType",
            $"the body of the request was in an unknown format - accepted media types include: {string.Join(", ", accepted)}"));

    public static ApiException NotAcceptable() =>
        new(new ApiStatus(406, "NotAcceptable",
            "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf", new StatusDetails()));

    public static ApiException Unauthorized() => new(new ApiStatus(401, "Unauthorized", "Unauthorized"));

    public static ApiException Expired(string message) => new(new ApiStatus(410, "Expired", message));

    public static ApiException TooLargeResourceVersion(long wanted, long current) =>
        new(new ApiStatus(504, "Timeout", $"Timeout: Too large resource version: {wanted}, current: {current}", new StatusDetails
        {
            Causes = [new StatusCause("ResourceVersionTooLarge", "Too large resource version")],
            RetryAfterSeconds = 1,
        }));

    static StatusDetails Named(ResourceType type, string name) => new() { Name = name, Group = type.Group, Kind = type.Plural };
}
