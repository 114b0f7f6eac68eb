using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>
/// One thing wrong with an object, as the API server words it (apimachinery <c>field.Error</c>). It becomes a cause of a Status:
/// <c>{reason, message, field}</c>; the whole message is <c>field: message</c>.
/// </summary>
/// <param name="Reason">Such as <c>FieldValueInvalid</c>.</param>
/// <param name="Field">The path: <c>spec.containers[0].image</c>.</param>
/// <param name="Message">Kind of error, value and detail: <c>Invalid value: "x": must be…</c>.</param>
public sealed record FieldError(string Reason, string Field, string Message)
{
    /// <summary>A value is missing.</summary>
    public static FieldError Required(string field, string detail = "") =>
        new("FieldValueRequired", field, detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    /// <summary>A value that is not allowed; written as Go would print it.</summary>
    public static FieldError Invalid(string field, JsonNode? value, string detail) => InvalidText(field, GoSyntax.Format(value), detail);

    /// <summary>The same with the value already as Go prints it.</summary>
    public static FieldError InvalidText(string field, string value, string detail) => new("FieldValueInvalid", field, $"Invalid value: {value}: {detail}");

    /// <summary>A value of the wrong JSON type (custom resources).</summary>
    public static FieldError TypeInvalid(string field, string value, string detail) => new("FieldValueTypeInvalid", field, $"Invalid value: {value}: {detail}");

    /// <summary>A value outside an enumeration.</summary>
    public static FieldError NotSupported(string field, JsonNode? value, IEnumerable<string> supported) =>
        new("FieldValueNotSupported", field, $"Unsupported value: {GoSyntax.Format(value)}: supported values: {string.Join(", ", supported.Select(s => GoSyntax.Quote(s)))}");

    /// <summary>A field that may not be set, or not changed, here.</summary>
    public static FieldError Forbidden(string field, string detail) => new("FieldValueForbidden", field, $"Forbidden: {detail}");

    /// <summary>A value that another one of its list has.</summary>
    public static FieldError Duplicate(string field, JsonNode? value) => new("FieldValueDuplicate", field, $"Duplicate value: {GoSyntax.Format(value)}");

    /// <summary>A reference to something that is not there.</summary>
    public static FieldError NotFound(string field, JsonNode? value) => new("FieldValueNotFound", field, $"Not found: {GoSyntax.Format(value)}");

    /// <summary>A text or object that is too long.</summary>
    public static FieldError TooLong(string field, int max) =>
        new("FieldValueTooLong", field, $"Too long: may not be more than {max} bytes");

    /// <summary>A list with too many items.</summary>
    public static FieldError TooMany(string field, int actual, int max) =>
        new("FieldValueTooMany", field, $"Too many: {actual}: must have at most {max} items");

    /// <inheritdoc />
    public override string ToString() => $"{Field}: {Message}";
}
