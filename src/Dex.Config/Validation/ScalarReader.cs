using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>What is wrong with a scalar: the words under the marker and the next step.</summary>
sealed record ScalarProblem(string Code, string Expected, string Label = "", string? Help = null);

/// <summary>Reads the text of a scalar as the type that the schema wants. YAML 1.2: <c>yes</c> is text and <c>017</c> is ambiguous.</summary>
static class ScalarReader
{
    /// <summary>The value, or what is wrong.</summary>
    public static object? Read(ScalarSchema schema, YamlScalar scalar, out ScalarProblem? problem)
    {
        problem = null;
        var text = scalar.Text;
        if (scalar.IsEmpty)
        {
            problem = new ScalarProblem("DEX1024", schema.Words);
            return null;
        }

        switch (schema.Kind)
        {
            case ScalarKind.Text:
                return Wrap(schema, text);
            case ScalarKind.Boolean:
                if (scalar.IsPlain && text is "true" or "True" or "TRUE") return Wrap(schema, true);
                if (scalar.IsPlain && text is "false" or "False" or "FALSE") return Wrap(schema, false);
                problem = BooleanProblem(schema, scalar);
                return null;
            case ScalarKind.Whole:
                if (!scalar.IsPlain || HasLeadingZero(text) || Whole(text) is not { } whole || (schema.ValueType == typeof(int) && whole != (int)whole))
                {
                    problem = WholeProblem(schema, scalar);
                    return null;
                }

                return schema.ValueType == typeof(int) ? (object)(int)whole : whole;
            case ScalarKind.Number:
                if (scalar.IsPlain && double.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowLeadingWhite & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
                    return schema.ValueType == typeof(decimal) ? (object)(decimal)Math.Clamp(number, -1e27, 1e27) : number;
                break;
            default:
                if (Parse(schema, text) is { } value) return Wrap(schema, value);
                break;
        }

        problem = schema.Kind == ScalarKind.Choice ? ChoiceProblem(schema, text)
            : new ScalarProblem("DEX1002", schema.Words, "", schema.Kind is ScalarKind.Number && !scalar.IsPlain ? "remove the quotes" : null);
        return null;
    }

    /// <summary>The value of an expression as the type that the schema wants; the problem never names a secret.</summary>
    public static object? Convert(ScalarSchema schema, ExpressionValue value, out ScalarProblem? problem)
    {
        problem = null;
        object? result;
        try
        {
            result = schema.Kind switch
            {
                ScalarKind.Text when schema.ValueType == typeof(Text) => new Text(value.ToText(), value.IsSecret),
                ScalarKind.Text => value.ToText(),
                ScalarKind.Boolean => (object)value.ToBoolean(),
                ScalarKind.Whole => schema.ValueType == typeof(int) ? (object)checked((int)value.ToWhole()) : value.ToWhole(),
                ScalarKind.Number => Number(schema, value),
                _ => Parse(schema, value.ToText()),
            };
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            result = null;
        }

        if (result is null)
        {
            problem = new ScalarProblem("DEX1037", schema.Words, value.IsSecret ? "" : $"it gives `{value}`");
            return null;
        }

        return schema.IsSecret ? Wrap(schema, result) : result;
    }

    static object? Number(ScalarSchema schema, ExpressionValue value) =>
        !double.TryParse(value.ToText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number) ? null
        : schema.ValueType == typeof(decimal) ? (object)(decimal)Math.Clamp(number, -1e27, 1e27) : number;

    static object? Parse(ScalarSchema schema, string text) => schema.Kind switch
    {
        ScalarKind.Choice => schema.Choices.FirstOrDefault(c => c.Name == text)?.Value,
        ScalarKind.Size => ByteSize.TryParse(text, out var size) ? size : null,
        ScalarKind.Duration => !Duration.TryParse(text, out var duration) ? null : schema.ValueType == typeof(TimeSpan) ? (object)duration.Value : duration,
        _ => null,
    };

    static object Wrap(ScalarSchema schema, object value)
    {
        if (!schema.IsSecret) return schema.ValueType == typeof(Text) && value is string plain ? new Text(plain) : value;
        if (schema.ValueType == typeof(Text)) return new Secret<Text>(value as Text is { } text ? new Text(text.Reveal(), true) : new Text((string)value, true));
        return value switch
        {
            string text => new Secret<string>(text),
            bool flag => new Secret<bool>(flag),
            _ => Activator.CreateInstance(schema.Type, value)!,
        };
    }

    static bool HasLeadingZero(string text)
    {
        var digits = text.AsSpan().TrimStart("+-");
        return digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1]);
    }

    static long? Whole(string text) =>
        YamlJson.ToCoreJson(new YamlScalar(text, ScalarStyle.Plain, default)) is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue<long>(out var whole) ? whole : null;

    static ScalarProblem BooleanProblem(ScalarSchema schema, YamlScalar scalar)
    {
        var lower = scalar.Text.ToLowerInvariant();
        if (lower is "yes" or "on" or "y") return new ScalarProblem("DEX1025", schema.Words, "write `true`", "`yes`, `no`, `on` and `off` are text in YAML 1.2");
        if (lower is "no" or "off" or "n") return new ScalarProblem("DEX1025", schema.Words, "write `false`", "`yes`, `no`, `on` and `off` are text in YAML 1.2");
        return new ScalarProblem("DEX1002", schema.Words, "", !scalar.IsPlain && lower is "true" or "false" ? "remove the quotes" : null);
    }

    static ScalarProblem WholeProblem(ScalarSchema schema, YamlScalar scalar)
    {
        var text = scalar.Text;
        if (scalar.IsPlain && HasLeadingZero(text))
        {
            var decimalForm = text.TrimStart('+').TrimStart('0') is { Length: > 0 } rest ? rest : "0";
            var octal = text.All(c => c is >= '0' and <= '7') ? $", or `0o{text.TrimStart('0')}` for octal" : "";
            return new ScalarProblem("DEX1025", schema.Words, $"write `{decimalForm}`{octal}", "a leading zero meant octal in YAML 1.1 and means nothing in YAML 1.2");
        }

        var number = !scalar.IsPlain && Whole(text) is not null;
        var tooLarge = scalar.IsPlain && text.Length > 0 && text.TrimStart('-').All(char.IsAsciiDigit);
        return new ScalarProblem("DEX1002", schema.Words, tooLarge ? "too large" : "", number ? "remove the quotes" : null);
    }

    static ScalarProblem ChoiceProblem(ScalarSchema schema, string text) =>
        new("DEX1003", schema.Words, Suggestion.Nearest(text, schema.Choices.Select(c => c.Name)) is { } near ? $"did you mean `{near}`?" : "");

    /// <summary>A value in words: <c>text `two`</c>, <c>a list</c>.</summary>
    public static string Describe(YamlNode node) => node switch
    {
        YamlMap => "a map",
        YamlList => "a list",
        YamlScalar { IsEmpty: true } => "nothing",
        YamlScalar { IsNull: true } => "`null`",
        YamlScalar scalar when YamlJson.ToCoreJson(scalar)?.GetValueKind() is JsonValueKind.Number => $"the number `{Short(scalar.Text)}`",
        YamlScalar scalar when YamlJson.ToCoreJson(scalar)?.GetValueKind() is JsonValueKind.True or JsonValueKind.False => $"`{scalar.Text}`",
        YamlScalar scalar => $"text `{Short(scalar.Text)}`",
        _ => "something else",
    };

    public static string Short(string text)
    {
        var line = text.AsSpan().IndexOfAny('\n', '\r');
        if (line >= 0) text = text[..line] + "…";
        return text.Length > 60 ? text[..60] + "…" : text;
    }
}
