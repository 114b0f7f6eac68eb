using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Collects what is wrong with an object, with the checks that many kinds share.</summary>
sealed class Checks
{
    public List<FieldError> Errors { get; } = [];

    public void Add(FieldError error) => Errors.Add(error);

    public void Required(string path, string detail = "") => Errors.Add(FieldError.Required(path, detail));

    public void Invalid(string path, JsonNode? value, string detail) => Errors.Add(FieldError.Invalid(path, value, detail));

    public void Forbidden(string path, string detail) => Errors.Add(FieldError.Forbidden(path, detail));

    /// <summary>A text that must be there and pass a check of <see cref="Names"/>.</summary>
    public bool Name(string path, string? value, Func<string, IEnumerable<string>> check, string whenMissing = "")
    {
        if (string.IsNullOrEmpty(value))
        {
            Required(path, whenMissing);
            return false;
        }

        return Text(path, value, check);
    }

    /// <summary>A text that may be missing.</summary>
    public bool Text(string path, string? value, Func<string, IEnumerable<string>> check)
    {
        var before = Errors.Count;
        foreach (var objection in string.IsNullOrEmpty(value) ? [] : check(value))
            Invalid(path, value, objection);
        return Errors.Count == before;
    }

    public void OneOf(string path, string? value, params string[] allowed)
    {
        if (!allowed.Contains(value))
            Errors.Add(FieldError.NotSupported(path, value ?? "", allowed));
    }

    public void NotNegative(JsonObject parent, string path, string field)
    {
        if (parent.Number(field) is { } value and < 0)
            Invalid($"{path}.{field}", value, "must be greater than or equal to 0");
    }

    public void PortNumber(string path, long value)
    {
        if (value is < 1 or > 65535)
            Invalid(path, value, "must be between 1 and 65535, inclusive");
    }

    /// <summary>A port as a number or as the name of one.</summary>
    public void Port(string path, JsonNode? value)
    {
        if (Scalars.Text(value) is { } name)
            Text(path, name.Length == 0 ? "-" : name, Names.Port);
        else
            PortNumber(path, Scalars.TryInteger(value, out var number) ? number : 0);
    }

    /// <summary>A number of things or a percentage of them.</summary>
    public void Share(string path, JsonNode? value, bool atMostAll = false)
    {
        if (Scalars.Text(value) is { } text)
        {
            if (!text.EndsWith('%') || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent))
                Errors.Add(FieldError.InvalidText(path, GoIntOrString(value), "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"));
            else if (atMostAll && percent > 100)
                Errors.Add(FieldError.InvalidText(path, GoIntOrString(value), "must not be greater than 100%"));
        }
        else if (Scalars.TryInteger(value, out var number) && number < 0)
            Errors.Add(FieldError.InvalidText(path, number.ToString(CultureInfo.InvariantCulture), "must be greater than or equal to 0"));
    }

    public static string GoIntOrString(JsonNode? value) => Scalars.Text(value) is { } text
        ? $"intstr.IntOrString{{Type:1, IntVal:0, StrVal:{GoSyntax.Quote(text)}}}"
        : $"intstr.IntOrString{{Type:0, IntVal:{(Scalars.TryInteger(value, out var number) ? number : 0)}, StrVal:\"\"}}";

    public static bool IsZero(JsonNode? value) => (Scalars.TryInteger(value, out var number) && number == 0) || Scalars.Text(value) is "0%";

    public void Labels(string path, JsonObject? labels)
    {
        foreach (var (key, value) in (labels ?? []).OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            foreach (var objection in Names.Qualified(key))
                Invalid(path, key, objection);
            Text(path, Scalars.Text(value), Names.LabelValue);
        }
    }

    public void Selector(string path, JsonObject? selector)
    {
        Labels($"{path}.matchLabels", selector?.Object("matchLabels"));
        var i = 0;
        foreach (var expression in selector?.Items("matchExpressions") ?? [])
        {
            var at = $"{path}.matchExpressions[{i++}]";
            var values = expression.TextList("values").Count;
            switch (expression.Text("operator"))
            {
                case "In" or "NotIn" when values == 0: Required($"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'"); break;
                case "Exists" or "DoesNotExist" when values > 0: Forbidden($"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"); break;
                case "In" or "NotIn" or "Exists" or "DoesNotExist": break;
                default: Invalid($"{at}.operator", expression.Text("operator"), "not a valid selector operator"); break;
            }

            foreach (var objection in Names.Qualified(expression.Text("key") ?? ""))
                Invalid($"{at}.key", expression.Text("key"), objection);
        }
    }

    /// <summary>A field that must stay as it was, printed as its Go type prints.</summary>
    public void Immutable(string path, JsonNode? next, JsonNode? live, TypeSchema? type = null, string detail = "field is immutable")
    {
        if (!JsonNode.DeepEquals(next, live))
            Errors.Add(FieldError.InvalidText(path, type is null ? GoSyntax.Format(next) : GoSyntax.Format(next, type), detail));
    }
}
