using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dex.Config;

/// <summary>Text that may hold a secret. What is made from a secret text is secret, too, and prints as <c>***</c>.</summary>
[JsonConverter(typeof(TextJsonConverter))]
[DebuggerDisplay("{ToString(),nq}")]
public sealed class Text : IEquatable<Text>
{
    /// <summary>What is shown instead of a secret.</summary>
    public const string Mask = "***";

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    readonly string _value;

    /// <summary>Text that is, or is not, secret.</summary>
    public Text(string value, bool isSecret = false)
    {
        _value = value;
        IsSecret = isSecret;
    }

    /// <summary>The text came from a secret.</summary>
    public bool IsSecret { get; }

    /// <summary>The text itself, even when it is secret: only for the place that needs it.</summary>
    public string Reveal() => _value;

    /// <summary>The text, or <c>***</c> when it is secret.</summary>
    public override string ToString() => IsSecret ? Mask : _value;

    /// <summary>Both texts in a row; secret when one of them is.</summary>
    public static Text operator +(Text left, Text right) => new(left._value + right._value, left.IsSecret || right.IsSecret);

    /// <summary>Text that is not secret.</summary>
    public static implicit operator Text(string value) => new(value);

    /// <summary>Same text and same secrecy.</summary>
    public bool Equals(Text? other) => other is not null && other._value == _value && other.IsSecret == IsSecret;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Text);

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);
}

sealed class TextJsonConverter : JsonConverter<Text>
{
    public override Text Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, Text value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
