using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>OpenAPI validation of custom resources in the words of kube-openapi. Rules in CEL are not evaluated.</summary>
sealed class CustomValidation
{
    readonly List<FieldError> _errors = [];

    public List<FieldError> Validate(StructuralSchema root, JsonObject value)
    {
        Object(root, value, "", isResource: true);
        return _errors;
    }

    bool IsValid(StructuralSchema schema, JsonNode? value, string path)
    {
        var inner = new CustomValidation();
        inner.Value(schema, value, path);
        return inner._errors.Count == 0;
    }

    void Value(StructuralSchema schema, JsonNode? value, string path)
    {
        if (value is null && schema.IsNullable)
            return;
        if (!HasType(schema, value))
        {
            var found = TypeName(value);
            var wanted = schema.IsIntOrString ? "integer,string" : schema.Type;
            _errors.Add(FieldError.TypeInvalid(path, $"\"{found}\"", $"{path} in body must be of type {wanted}: \"{found}\""));
            return;
        }

        Combined(schema, value, path);
        if (schema.Enum is { } allowed && !allowed.Any(a => JsonNode.DeepEquals(a, value)))
            _errors.Add(FieldError.NotSupported(path, value, allowed.Select(a => Scalars.Text(a) ?? a?.ToJsonString() ?? "null")));
        switch (value)
        {
            case JsonObject map: Object(schema, map, path, schema.IsEmbeddedResource); break;
            case JsonArray list: List(schema, list, path); break;
            case JsonValue text when Scalars.Text(text) is { } s: Text(schema, s, path); break;
            case JsonValue number when number.GetValueKind() == JsonValueKind.Number: Number(schema, number, path); break;
        }
    }

    static bool HasType(StructuralSchema schema, JsonNode? value)
    {
        if (schema.IsIntOrString)
            return Scalars.Text(value) is not null || Scalars.TryInteger(value, out _);
        return schema.Type switch
        {
            "" => true,
            "integer" => Scalars.TryInteger(value, out _) || (value is JsonValue v && v.GetValueKind() == JsonValueKind.Number && double.Parse(v.ToJsonString(), CultureInfo.InvariantCulture) % 1 == 0),
            var type => TypeName(value) == type || (type == "number" && TypeName(value) == "integer"),
        };
    }

    static string TypeName(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "object",
        JsonArray => "array",
        _ => value.GetValueKind() switch
        {
            JsonValueKind.String => "string",
            JsonValueKind.Number => Scalars.TryInteger(value, out _) ? "integer" : "number",
            _ => "boolean",
        },
    };

    void Combined(StructuralSchema schema, JsonNode? value, string path)
    {
        foreach (var part in schema.AllOf)
            Value(part, value, path);
        var any = schema.AnyOf;
        if (any.Count > 0 && !any.Any(s => IsValid(s, value, path)))
            _errors.Add(FieldError.InvalidText(path, "\"\"", $"\"{path}\" must validate at least one schema (anyOf)"));
        var one = schema.OneOf;
        var valid = one.Count(s => IsValid(s, value, path));
        if (one.Count > 0 && valid != 1)
        {
            _errors.Add(FieldError.InvalidText(path, "\"\"",
                $"\"{path}\" must validate one and only one schema (oneOf). Found {(valid == 0 ? "none valid" : $"{valid} valid alternatives")}"));
        }

        if (schema.Not is { } not && IsValid(not, value, path))
            _errors.Add(FieldError.InvalidText(path, "\"\"", $"\"{path}\" must not validate the schema (not)"));
    }

    void Object(StructuralSchema schema, JsonObject value, string path, bool isResource = false)
    {
        Count(schema, value.Count, path, "Properties");
        foreach (var name in schema.Required)
        {
            if (!value.ContainsKey(name) && !(isResource && name is "metadata"))
                _errors.Add(FieldError.Required(Join(path, name)));
        }

        foreach (var (name, child) in schema.Properties)
        {
            if (value.TryGetPropertyValue(name, out var item) && !(isResource && name is "metadata" or "apiVersion" or "kind" && isResource))
                Value(child, item, Join(path, name));
        }

        if (schema.Additional is { } additional)
        {
            foreach (var (name, item) in value)
            {
                if (schema.Property(name) is null)
                    Value(additional, item, Join(path, name));
            }
        }
    }

    void List(StructuralSchema schema, JsonArray value, string path)
    {
        Count(schema, value.Count, path, "Items");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < value.Count; i++)
        {
            if (schema.Items is { } items)
                Value(items, value[i], $"{path}[{i}]");
            var identity = schema.ListType switch
            {
                "set" => value[i],
                "map" when value[i] is JsonObject item => new JsonObject(schema.ListMapKeys.Select(k => KeyValuePair.Create(k, (item[k] ?? schema.Items?.Property(k)?.Default)?.DeepClone()))),
                _ => null,
            };
            if (identity is not null && !seen.Add(identity.ToJsonString()))
            {
                _errors.Add(identity is JsonObject keys
                    ? new("FieldValueDuplicate", $"{path}[{i}]", $"Duplicate value: map[string]interface {{}}{{{string.Join(", ", keys.Select(k => $"\"{k.Key}\":{GoSyntax.Format(k.Value)}"))}}}")
                    : FieldError.Duplicate($"{path}[{i}]", identity));
            }
        }

        if (schema.Flag("uniqueItems") && value.Select(v => v?.ToJsonString()).Distinct(StringComparer.Ordinal).Count() < value.Count)
            _errors.Add(FieldError.Invalid(path, value, $"{path} in body shouldn't contain duplicates"));
    }

    void Count(StructuralSchema schema, int count, string path, string what)
    {
        if (schema.Bound("max" + what) is { } max && count > max)
            _errors.Add(FieldError.TooMany(path, count, (int)max));
        if (schema.Bound("min" + what) is { } min && count < min)
            _errors.Add(FieldError.Invalid(path, count, $"{path} in body should have at least {min} {what.ToLowerInvariant()}"));
    }

    void Text(StructuralSchema schema, string value, string path)
    {
        var length = new StringInfo(value).LengthInTextElements;
        if (schema.Bound("maxLength") is { } max && length > max)
            _errors.Add(FieldError.TooLong(path, (int)max));
        if (schema.Bound("minLength") is { } min && length < min)
            _errors.Add(FieldError.Invalid(path, value, $"{path} in body should be at least {min} chars long"));
        if (schema.Pattern is not null && !schema.Matches(value))
            _errors.Add(FieldError.Invalid(path, value, $"{path} in body should match '{schema.Pattern}'"));
        if (!HasFormat(schema.Format, value))
            _errors.Add(FieldError.Invalid(path, value, $"{path} in body must be of type {schema.Format}: {GoSyntax.Quote(value)}"));
    }

    static bool HasFormat(string format, string value) => format switch
    {
        "date-time" => DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) && value.Contains('T'),
        "date" => DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "ipv4" => IPAddress.TryParse(value, out var ip) && ip.GetAddressBytes().Length == 4,
        "ipv6" => IPAddress.TryParse(value, out var ip) && ip.GetAddressBytes().Length == 16,
        "cidr" => IPNetwork.TryParse(value, out _),
        "uuid" => Guid.TryParse(value, out _),
        "byte" => System.Buffers.Text.Base64.IsValid(value.AsSpan()),
        _ => true,
    };

    void Number(StructuralSchema schema, JsonValue value, string path)
    {
        var number = double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
        if (schema.Bound("maximum") is { } max && (number > max || (number >= max && schema.Flag("exclusiveMaximum"))))
            _errors.Add(FieldError.Invalid(path, value, $"{path} in body should be less than {(schema.Flag("exclusiveMaximum") ? "" : "or equal to ")}{max}"));
        if (schema.Bound("minimum") is { } min && (number < min || (number <= min && schema.Flag("exclusiveMinimum"))))
            _errors.Add(FieldError.Invalid(path, value, $"{path} in body should be greater than {(schema.Flag("exclusiveMinimum") ? "" : "or equal to ")}{min}"));
        if (schema.Bound("multipleOf") is { } step && Math.Abs(number / step % 1) > 1e-9)
            _errors.Add(FieldError.Invalid(path, value, $"{path} in body should be a multiple of {step}"));
    }

    static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
