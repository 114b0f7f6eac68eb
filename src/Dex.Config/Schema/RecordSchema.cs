using System.Reflection;

namespace Dex.Config;

/// <summary>A record: its keys, rules and, for a union, its cases. Reflection happens at first use of each part.</summary>
internal sealed class RecordSchema : ValueSchema
{
    private readonly SchemaTypes types;
    private readonly Lazy<IReadOnlyList<PropertySchema>> properties;
    private readonly Lazy<Dictionary<string, PropertySchema>> byKey;
    private readonly Lazy<IReadOnlyList<RuleSchema>> rules;
    private readonly Lazy<UnionSchema?> union;
    private readonly Lazy<PropertySchema?> shorthand;
    private readonly Lazy<object?> defaults;
    private readonly Lazy<PropertySchema?> identity;

    public RecordSchema(Type type, SchemaTypes types) : base(type)
    {
        this.types = types;
        properties = new(ReadProperties);
        byKey = new(() => Properties.Where(p => !p.IsIdentity).ToDictionary(p => p.Key, StringComparer.Ordinal));
        rules = new(ReadRules);
        union = new(ReadUnion);
        shorthand = new(() => Type.GetCustomAttribute<ShorthandAttribute>() is { } s ? Properties.First(p => p.Info.Name == s.Property) : null);
        defaults = new(() => Type.IsAbstract ? null : Activator.CreateInstance(Type));
        identity = new(() => Properties.FirstOrDefault(p => p.IsIdentity));
    }

    /// <summary>In the order of the file: base records first.</summary>
    public IReadOnlyList<PropertySchema> Properties => properties.Value;

    public IReadOnlyList<RuleSchema> Rules => rules.Value;

    /// <summary>Set when the record is one of several cases.</summary>
    public UnionSchema? Union => union.Value;

    /// <summary>The key that a value stands for which is no map.</summary>
    public PropertySchema? Shorthand => shorthand.Value;

    /// <summary>The property that receives the record's name.</summary>
    public PropertySchema? Identity => identity.Value;

    /// <summary>An instance that holds the default of every key; null for an abstract record.</summary>
    public object? Defaults => defaults.Value;

    /// <summary>The name in messages, docs and JSON Schema.</summary>
    public string Name => Type.Name;

    public override string Words => "a map";

    public PropertySchema? Find(string key) => byKey.Value.GetValueOrDefault(key);

    /// <summary>The property that had this name before.</summary>
    public (PropertySchema Property, RenamedFromAttribute Rename)? FindOld(string key)
    {
        foreach (var property in Properties)
        {
            foreach (var rename in property.Renames)
            {
                if (rename.OldName == key) return (property, rename);
            }
        }

        return null;
    }

    /// <summary>The value of a key when nobody sets it.</summary>
    public object? Default(PropertySchema property) =>
        property.IsRequired || Defaults is not { } instance || !property.Info.DeclaringType!.IsInstanceOfType(instance) ? null : property.Info.GetValue(instance);

    private List<PropertySchema> ReadProperties()
    {
        var chain = new Stack<Type>();
        for (var current = Type; current is not null && current != typeof(object); current = current.BaseType) chain.Push(current);
        var result = new List<PropertySchema>();
        foreach (var type in chain)
        {
            foreach (var info in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            {
                if (info.SetMethod is null || info.GetIndexParameters().Length > 0) continue;
                var property = new PropertySchema(info, types);
                var inherited = result.FindIndex(p => p.Info.Name == info.Name);
                if (inherited >= 0) result[inherited] = property;
                else result.Add(property);
            }
        }

        return result;
    }

    private List<RuleSchema> ReadRules()
    {
        var result = new List<RuleSchema>();
        for (var current = Type; current is not null && current != typeof(object); current = current.BaseType)
        {
            foreach (var method in current.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (method.IsDefined(typeof(RuleAttribute), inherit: false) && method.GetCustomAttribute<RuleAttribute>() is { } rule) result.Add(new RuleSchema(rule.Code, method));
            }
        }

        return result;
    }

    private UnionSchema? ReadUnion()
    {
        if (!Type.IsAbstract || Type.GetCustomAttribute<UnionAttribute>() is not { } attribute) return null;
        var cases = types.CasesOf(Type);
        return new UnionSchema(attribute.Discriminator, [.. cases.Select(c => new UnionCase(c.Name, types.Record(c.Type)))]);
    }
}

/// <summary>A rule of a record.</summary>
internal sealed record RuleSchema(string Code, MethodInfo Method);

/// <summary>A case of a union.</summary>
internal sealed record UnionCase(string Name, RecordSchema Case);

/// <summary>The cases of a union, in the order in which they are declared.</summary>
internal sealed record UnionSchema(string Discriminator, IReadOnlyList<UnionCase> Cases)
{
    public RecordSchema? Find(string name)
    {
        foreach (var (candidate, schema) in Cases)
        {
            if (candidate == name) return schema;
        }

        return null;
    }
}
