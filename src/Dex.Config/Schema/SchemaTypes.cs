using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Dex.Config;

/// <summary>Maps C# types to value schemas, with the replacements that a platform registered.</summary>
sealed class SchemaTypes(IReadOnlyList<Type> replacements)
{
    readonly ConcurrentDictionary<Type, ValueSchema> _schemas = new();

    /// <summary>The record schema of a type, or of the type that replaces it.</summary>
    public RecordSchema Record(Type type) => (RecordSchema)For(type);

    public ValueSchema For(Type type) => _schemas.TryGetValue(type, out var known) ? known : _schemas.GetOrAdd(type, Build);

    /// <summary>The cases nested in, or declared beside, a union: those of its assembly and of the registered replacements.</summary>
    public IReadOnlyList<(string Name, Type Type)> CasesOf(Type union)
    {
        var result = new List<(string, Type)>();
        foreach (var type in union.Assembly.GetTypes().Concat(replacements))
        {
            if (type.IsAbstract || !type.IsSubclassOf(union) || type.GetCustomAttribute<CaseAttribute>() is not { } attribute) continue;
            if (!result.Exists(c => c.Item1 == attribute.Name)) result.Add((attribute.Name, type));
        }

        return result;
    }

    ValueSchema Build(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (Scalar(plain) is { } scalar) return scalar;
        if (typeof(JsonNode).IsAssignableFrom(plain)) return new JsonValueSchema(plain);
        if (plain.IsArray) return new ListSchema(plain, For(plain.GetElementType()!), plain.GetElementType()!);
        if (plain.IsGenericType) return Generic(plain);
        if (!plain.IsClass) throw new NotSupportedException($"{plain} cannot be read from a file");
        var replacement = replacements.FirstOrDefault(r => r.IsSubclassOf(plain) && r.GetCustomAttribute<CaseAttribute>() is null);
        return replacement is not null ? For(replacement) : new RecordSchema(plain, this);
    }

    ValueSchema Generic(Type type)
    {
        var definition = type.GetGenericTypeDefinition();
        var last = type.GetGenericArguments()[^1];
        if (definition == typeof(Dynamic<>)) return new DynamicSchema(type, For(last));
        if (definition == typeof(Secret<>) && Scalar(last) is { } inner) return new ScalarSchema(type, inner.Kind) { ValueType = last, IsSecret = true, Choices = inner.Choices };
        if (definition == typeof(NamedMap<>) || definition == typeof(IReadOnlyDictionary<,>)) return new MapSchema(type, For(last), last);
        if (definition == typeof(IReadOnlyList<>) || definition == typeof(IReadOnlyCollection<>) || definition == typeof(IEnumerable<>) || definition == typeof(List<>))
            return new ListSchema(type, For(last), last);
        throw new NotSupportedException($"{type} cannot be read from a file");
    }

    static ScalarSchema? Scalar(Type type)
    {
        if (type.IsEnum) return new ScalarSchema(type, ScalarKind.Choice) { ValueType = type, Choices = Choices(type) };
        ScalarKind? kind = type == typeof(string) || type == typeof(Text) ? ScalarKind.Text
            : type == typeof(bool) ? ScalarKind.Boolean
            : type == typeof(int) || type == typeof(long) ? ScalarKind.Whole
            : type == typeof(double) || type == typeof(decimal) ? ScalarKind.Number
            : type == typeof(ByteSize) ? ScalarKind.Size
            : type == typeof(Duration) || type == typeof(TimeSpan) ? ScalarKind.Duration
            : null;
        return kind is { } found ? new ScalarSchema(type, found) { ValueType = type } : null;
    }

    static List<Choice> Choices(Type type) =>
        [.. type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => new Choice(f.GetCustomAttribute<NameAttribute>()?.Name ?? Naming.Member(f.Name), f.GetValue(null)!))];
}
