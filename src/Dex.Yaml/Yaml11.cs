using System.Globalization;
using System.Text.Json.Nodes;

namespace Dex.Yaml;

/// <summary>The scalar typing of go-yaml 2, which kubectl uses for every manifest.</summary>
static class Yaml11
{
    public static JsonNode? Resolve(YamlScalar scalar)
    {
        var kind = scalar.Tag?.Replace("tag:yaml.org,2002:", "", StringComparison.Ordinal);
        if (kind is "str" or "binary" or "timestamp" || (!scalar.IsPlain && kind is null)) return JsonValue.Create(scalar.Text);
        return ResolvePlain(scalar.Text);
    }

    public static JsonNode? ResolvePlain(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return null;
            case "y" or "Y" or "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON":
                return JsonValue.Create(true);
            case "n" or "N" or "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF":
                return JsonValue.Create(false);
        }

        if (!(char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '.')) return JsonValue.Create(text);
        var plain = text.Replace("_", "", StringComparison.Ordinal);
        if (Integer(plain) is { } integer) return integer;
        return IsFloat(plain) && double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
            ? JsonValue.Create(real)
            : JsonValue.Create(text);
    }

    static JsonValue? Integer(string text)
    {
        var negative = text.StartsWith('-');
        var digits = text.AsSpan(negative || text.StartsWith('+') ? 1 : 0);
        if (digits.IsEmpty) return null;
        var (radix, skip) = digits switch
        {
            ['0', 'x' or 'X', ..] => (16, 2),
            ['0', 'b' or 'B', ..] => (2, 2),
            ['0', 'o' or 'O', ..] => (8, 2),
            ['0', _, ..] => (8, 1),
            _ => (10, 0),
        };
        if (Magnitude(digits[skip..], (uint)radix) is not { } magnitude) return null;
        if (!negative) return magnitude <= long.MaxValue ? JsonValue.Create((long)magnitude) : JsonValue.Create(magnitude);
        return magnitude <= (ulong)long.MaxValue + 1 ? JsonValue.Create(unchecked(-(long)magnitude)) : null;
    }

    static ulong? Magnitude(ReadOnlySpan<char> digits, uint radix)
    {
        if (digits.IsEmpty) return null;
        UInt128 value = 0;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiHexDigit(c) ? Convert.ToUInt32(c.ToString(), 16) : 99;
            if (digit >= radix) return null;
            value = (value * radix) + digit;
            if (value > ulong.MaxValue) return null;
        }

        return (ulong)value;
    }

    /// <summary>^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$</summary>
    internal static bool IsFloat(ReadOnlySpan<char> text)
    {
        var at = text[0] is '+' or '-' ? 1 : 0;
        var whole = Digits(text, ref at);
        var fraction = 0;
        if (at < text.Length && text[at] == '.')
        {
            at++;
            fraction = Digits(text, ref at);
        }

        if (whole + fraction == 0) return false;
        if (at == text.Length) return true;
        if (text[at] is not ('e' or 'E')) return false;
        at++;
        if (at < text.Length && text[at] is '+' or '-') at++;
        return Digits(text, ref at) > 0 && at == text.Length;
    }

    static int Digits(ReadOnlySpan<char> text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        return at - start;
    }
}
