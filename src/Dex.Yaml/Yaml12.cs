using System.Globalization;
using System.Text.Json.Nodes;

namespace Dex.Yaml;

/// <summary>The core schema of YAML 1.2 (section 10.3).</summary>
static class Yaml12
{
    public static JsonNode? Resolve(YamlScalar scalar) => scalar.IsPlain ? ResolvePlain(scalar.Text) : JsonValue.Create(scalar.Text);

    public static JsonNode? ResolvePlain(string text)
    {
        if (text is "" or "~" or "null" or "Null" or "NULL") return null;
        if (text is "true" or "True" or "TRUE") return JsonValue.Create(true);
        if (text is "false" or "False" or "FALSE") return JsonValue.Create(false);
        if (Integer(text) is { } integer) return JsonValue.Create(integer);
        if (!(char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '.')) return JsonValue.Create(text);
        return Yaml11.IsFloat(text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
            ? JsonValue.Create(real)
            : JsonValue.Create(text);
    }

    /// <summary>A whole number: decimal, <c>0x</c> or <c>0o</c>. Null when it is none or does not fit 64 bits.</summary>
    public static long? Integer(string text)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal))
            return long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) && hex >= 0 ? hex : null;
        if (text.StartsWith("0o", StringComparison.Ordinal)) return Octal(text.AsSpan(2));
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    static long? Octal(ReadOnlySpan<char> digits)
    {
        if (digits.IsEmpty || digits.Length > 20) return null;
        long value = 0;
        foreach (var c in digits)
        {
            if (c is < '0' or > '7') return null;
            value = (value << 3) + (c - '0');
        }

        return value;
    }
}
