using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dex.Config;

/// <summary>A value that is never shown: text, JSON and debugger say <c>***</c>.</summary>
[JsonConverter(typeof(SecretJsonConverter))]
[DebuggerDisplay("***")]
public sealed class Secret<T>(T value) : ISecret, IEquatable<Secret<T>>
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    readonly T _value = value;

    /// <summary>The value itself: only for the place that needs it.</summary>
    public T Reveal() => _value;

    /// <summary>A secret made from this one.</summary>
    public Secret<TResult> Select<TResult>(Func<T, TResult> make) => new(make(_value));

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => Text.Mask;

    /// <inheritdoc/>
    public bool Equals(Secret<T>? other) => other is not null && EqualityComparer<T>.Default.Equals(_value, other._value);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Secret<T>);

    /// <summary>The same for all secrets, so that a hash tells nothing.</summary>
    public override int GetHashCode() => 0;

    object? ISecret.RevealValue() => _value;
}

/// <summary>A secret of any type.</summary>
interface ISecret
{
    object? RevealValue();
}

sealed class SecretJsonConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeof(ISecret).IsAssignableFrom(typeToConvert);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    sealed class Converter<T> : JsonConverter<Secret<T>>
    {
        public override Secret<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("a secret is not read from JSON");

        public override void Write(Utf8JsonWriter writer, Secret<T> value, JsonSerializerOptions options) => writer.WriteStringValue(Text.Mask);
    }
}
