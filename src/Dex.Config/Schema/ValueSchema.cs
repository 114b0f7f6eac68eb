namespace Dex.Config;

/// <summary>What a value may be. One instance per type and schema; built when first asked for.</summary>
abstract class ValueSchema(Type type)
{
    /// <summary>The C# type that the value becomes.</summary>
    public Type Type { get; } = type;

    /// <summary>The schema without <see cref="Dynamic{T}"/>.</summary>
    public virtual ValueSchema Unwrapped => this;

    /// <summary>The value in words: <c>a whole number</c>.</summary>
    public abstract string Words { get; }
}

/// <summary>What a scalar is read as.</summary>
enum ScalarKind
{
    Text,
    Boolean,
    Whole,
    Number,
    Choice,
    Size,
    Duration,
}

/// <summary>A member of an enum under its name in the file.</summary>
sealed record Choice(string Name, object Value);

sealed class ScalarSchema(Type type, ScalarKind kind) : ValueSchema(type)
{
    public ScalarKind Kind { get; } = kind;

    /// <summary>The type is <see cref="Secret{T}"/> of <see cref="ValueType"/>.</summary>
    public bool IsSecret { get; init; }

    /// <summary>May hold a secret: <see cref="Dex.Config.Text"/> or <see cref="Secret{T}"/>.</summary>
    public bool MayBeSecret => IsSecret || ValueType == typeof(Text);

    /// <summary>The type inside of <see cref="Secret{T}"/> and <see cref="Nullable{T}"/>.</summary>
    public required Type ValueType { get; init; }

    /// <summary>The names of an enum with their values.</summary>
    public IReadOnlyList<Choice> Choices { get; init; } = [];

    public override string Words => Kind switch
    {
        ScalarKind.Text => "text",
        ScalarKind.Boolean => "`true` or `false`",
        ScalarKind.Whole => "a whole number",
        ScalarKind.Number => "a number",
        ScalarKind.Size => "a size such as `512Mi`",
        ScalarKind.Duration => "a duration such as `30s`",
        _ => $"one of {string.Join(", ", Choices.Select(c => $"`{c.Name}`"))}",
    };
}

/// <summary>A value of <see cref="Dynamic{T}"/>.</summary>
sealed class DynamicSchema(Type type, ValueSchema inner) : ValueSchema(type)
{
    System.Reflection.ConstructorInfo? _constant;
    System.Reflection.ConstructorInfo? _computed;

    public override ValueSchema Unwrapped => inner;

    public override string Words => inner.Words;

    public object Constant(object? value) => (_constant ??= Type.GetConstructor([inner.Type])!).Invoke([value]);

    public object Computed(string expression, Func<CancellationToken, Task<object?>> compute) =>
        (_computed ??= Type.GetConstructors(System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)[0]).Invoke([expression, compute]);
}

sealed class ListSchema(Type type, ValueSchema item, Type itemType) : ValueSchema(type)
{
    public ValueSchema Item { get; } = item;

    public Type ItemType { get; } = itemType;

    public override string Words => "a list";
}

/// <summary>A map from names to values.</summary>
sealed class MapSchema(Type type, ValueSchema item, Type itemType) : ValueSchema(type)
{
    readonly Type _concrete = typeof(NamedMap<>).MakeGenericType(itemType);

    public ValueSchema Item { get; } = item;

    public Type ItemType { get; } = itemType;

    public override string Words => "a map";

    public INamedMap Create() => (INamedMap)Activator.CreateInstance(_concrete)!;
}

/// <summary>Any JSON: <see cref="System.Text.Json.Nodes.JsonNode"/>, object or array.</summary>
sealed class JsonValueSchema(Type type) : ValueSchema(type)
{
    public override string Words => Type.Name switch { "JsonObject" => "a map", "JsonArray" => "a list", _ => "any value" };
}
