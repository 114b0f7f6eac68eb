using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.Config;

enum ExpressionType
{
    Text,
    Whole,
    Boolean,

    /// <summary>Known only when it is computed, such as a part of a JSON file.</summary>
    Any,
}

/// <summary>A computed value: string, long, bool, JSON, or <see cref="Missing"/>.</summary>
sealed record ExpressionValue(object? Data, bool IsSecret)
{
    public bool IsMissing => Data is Missing;

    public static ExpressionValue From(object? value, bool tainted) => value switch
    {
        null => new(new Missing("the function's result"), tainted),
        Secret<string> secret => new(secret.Reveal(), true),
        Text text => new(text.Reveal(), tainted || text.IsSecret),
        int number => new((long)number, tainted),
        JsonValue json => new(Scalar(json), tainted),
        _ => new(value, tainted),
    };

    public string ToText() => Data switch
    {
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        JsonNode json => json.ToJsonString(),
        _ => throw new FormatException("the value is missing"),
    };

    public long ToWhole() => Data switch
    {
        long number => number,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new FormatException("the value is not a whole number"),
    };

    public bool ToBoolean() => Data switch
    {
        bool flag => flag,
        "true" => true,
        "false" => false,
        _ => throw new FormatException("the value is neither `true` nor `false`"),
    };

    public JsonNode? ToJson() => Data switch
    {
        JsonNode json => json.DeepClone(),
        string text => JsonValue.Create(text),
        long number => JsonValue.Create(number),
        bool flag => JsonValue.Create(flag),
        _ => null,
    };

    /// <summary>Never the value of a secret.</summary>
    public override string ToString() => IsSecret ? Text.Mask : IsMissing ? "nothing" : ToText();

    static object Scalar(JsonValue json) => json.GetValueKind() switch
    {
        JsonValueKind.String => json.GetValue<string>(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when long.TryParse(json.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => json.ToJsonString(),
    };
}

/// <summary>A name without a value, for example an unset variable. <c>default</c>, <c>int</c> and <c>bool</c> replace it; <c>==</c> finds it equal to nothing.</summary>
sealed record Missing(string Name);
