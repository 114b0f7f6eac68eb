using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dex.Config;

/// <summary>
/// A value that may be written as an expression and is computed when somebody asks for it, once. Only such properties may use functions
/// that reach other systems or run programs.
/// </summary>
[JsonConverter(typeof(DynamicJsonConverter))]
public sealed class Dynamic<T> : IDynamic
{
    readonly Func<CancellationToken, Task<object?>>? _compute;
    readonly T? _constant;

    /// <summary>A value that is known.</summary>
    public Dynamic(T value) => _constant = value;

    internal Dynamic(string expression, Func<CancellationToken, Task<object?>> compute)
    {
        Expression = expression;
        _compute = compute;
    }

    /// <summary>The text with its <c>${{ … }}</c> as written; null for a value that is known.</summary>
    public string? Expression { get; }

    /// <summary>The value is known; <see cref="GetAsync"/> completes at once.</summary>
    public bool IsConstant => _compute is null;

    /// <summary>The value. The first call computes it, later and concurrent calls share the result.</summary>
    /// <param name="cancellationToken">Stops waiting, and the computation when nobody else waits for it.</param>
    /// <exception cref="ConfigException">The value cannot be computed.</exception>
    public async Task<T> GetAsync(CancellationToken cancellationToken) =>
        _compute is null ? _constant! : (T)(await _compute(cancellationToken))!;

    /// <summary>The expression, or the value when it is known.</summary>
    public override string ToString() => Expression ?? _constant?.ToString() ?? "";

    /// <summary>A value that is known.</summary>
    public static implicit operator Dynamic<T>(T value) => new(value);

    bool IDynamic.IsConstant => IsConstant;

    object? IDynamic.Constant => _constant;

    async Task<object?> IDynamic.GetValueAsync(CancellationToken cancellationToken) => await GetAsync(cancellationToken);
}

/// <summary>A dynamic value of any type.</summary>
interface IDynamic
{
    string? Expression { get; }

    bool IsConstant { get; }

    object? Constant { get; }

    Task<object?> GetValueAsync(CancellationToken cancellationToken);
}

sealed class DynamicJsonConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeof(IDynamic).IsAssignableFrom(typeToConvert);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    sealed class Converter<T> : JsonConverter<Dynamic<T>>
    {
        public override Dynamic<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("a dynamic value is not read from JSON");

        public override void Write(Utf8JsonWriter writer, Dynamic<T> value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
