using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>JSON scalars to the form in which the API server writes them back.</summary>
static class Scalars
{
    const string QuantityPattern = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

    /// <summary>What Go calls the JSON type of a value in error messages.</summary>
    public static string GoKind(JsonNode? value) => value?.GetValueKind() switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "bool",
        _ => "null",
    };

    /// <summary>A whole number, however the node holds it.</summary>
    public static bool TryInteger(JsonNode? node, out long value)
    {
        value = 0;
        if (node is not JsonValue json || json.GetValueKind() != JsonValueKind.Number)
            return false;
        return json.TryGetValue(out value)
            || (json.TryGetValue<int>(out var small) && (value = small) == small)
            || long.TryParse(json.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The text of a string value, null for anything else.</summary>
    public static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The canonical quantity: <c>0.5</c> is stored as <c>500m</c>.</summary>
    public static JsonNode Quantity(JsonNode value)
    {
        var text = (Text(value) ?? value.ToJsonString()).Trim();
        return Dex.Kubernetes.Model.Quantity.TryParse(text, out var quantity) ? JsonValue.Create(quantity.ToString()) : throw new DecodeException(QuantityPattern);
    }

    /// <summary>RFC 3339 in UTC, with seconds or (MicroTime) microseconds.</summary>
    public static JsonNode Time(JsonNode value, bool micro)
    {
        var text = Text(value) ?? throw new DecodeException($"json: cannot unmarshal {GoKind(value)} into Go value of type string");
        if (text.Length < 20 || text[10] is not ('T' or 't')
            || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            var layout = micro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
            throw new DecodeException($"parsing time {GoSyntax.Quote(text)} as \"{layout}\": cannot parse {GoSyntax.Quote(text)} as \"2006\"");
        }

        return JsonValue.Create(Format(time, micro));
    }

    /// <summary>As the server writes a Time or MicroTime.</summary>
    public static string Format(DateTimeOffset time, bool micro) =>
        time.UtcDateTime.ToString(micro ? "yyyy-MM-ddTHH:mm:ss.ffffffZ" : "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    /// <summary>A port or percentage.</summary>
    public static JsonNode IntOrString(JsonNode value) =>
        Text(value) is { } text ? JsonValue.Create(text)
        : TryInteger(value, out var number) && number is >= int.MinValue and <= int.MaxValue ? JsonValue.Create(number)
        : throw new DecodeException($"json: cannot unmarshal {GoKind(value)} into Go value of type int32");

    /// <summary>Base64 as Go reads it: line breaks are ignored.</summary>
    public static JsonNode Bytes(string text)
    {
        try
        {
            return JsonValue.Create(text.AsSpan().ContainsAny('\r', '\n', ' ') ? Convert.ToBase64String(Convert.FromBase64String(text)) : Checked(text));
        }
        catch (FormatException)
        {
            var at = text.AsSpan().IndexOfAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
            throw new DecodeException($"illegal base64 data at input byte {(at < 0 ? text.Length / 4 * 4 : at)}");
        }
    }

    static string Checked(string text)
    {
        if (!System.Buffers.Text.Base64.IsValid(text.AsSpan()))
            throw new FormatException();
        return text;
    }
}
