using System.Reflection;

namespace Dex.Config;

/// <summary>A record: its keys, rules and, for a union, its cases. Reflection happens at first use of each part.</summary>
sealed class RecordSchema : ValueSchema
{
    readonly SchemaTypes _types;
    readonly Lazy<IReadOnlyList<PropertySchema>> _properties;
    readonly Lazy<Dictionary<string, PropertySchema>> _byKey;
    readonly Lazy<IReadOnlyList<RuleSchema>> _rules;
    readonly Lazy<UnionSchema?> _union;
    readonly Lazy<PropertySchema?> _shorthand;
    readonly Lazy<object?> _defaults;
    readonly Lazy<PropertySchema?> _identity;

    public RecordSchema(Type type, SchemaTypes types) : base(type)
    {
        _types = types;
        _properties = new(ReadProperties);
        _byKey = new(() => Properties.Where(p => !p.IsIdentity).ToDictionary(p => p.Key, StringComparer.Ordinal));
        _rules = new(ReadRules);
        _union = new(ReadUnion);
        _shorthand = new(() => Type.GetCustomAttribute<ShorthandAttribute>() is { } s ? Properties.First(p => p.Info.Name == s.Property) : null);
        _defaults = new(() => Type.IsAbstract ? null : Activator.CreateInstance(Type));
        _identity = new(() => Properties.FirstOrDefault(p => p.IsIdentity));
    }

    /// <summary>In the order of the file: base records first.</summary>
    public IReadOnlyList<PropertySchema> Properties => _properties.Value;

    public IReadOnlyList<RuleSchema> Rules => _rules.Value;

    /// <summary>Set when the record is one of several cases.</summary>
    public UnionSchema? Union => _union.Value;

    /// <summary>The key that a value stands for which is no map.</summary>
    public PropertySchema? Shorthand => _shorthand.Value;

    /// <summary>The property that receives the record's name.</summary>
    public PropertySchema? Identity => _identity.Value;

    /// <summary>An instance that holds the default of every key; null for an abstract record.</summary>
    public object? Defaults => _defaults.Value;

    /// <summary>The name in messages, docs and JSON Schema.</summary>
    public string Name => Type.Name;

    public override string Words => "a map";

    public PropertySchema? Find(string key) => _byKey.Value.GetValueOrDefault(key);

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

    List<PropertySchema> ReadProperties()
    {
        var chain = new Stack<Type>();
        for (var current = Type; current is not null && current != typeof(object); current = current.BaseType) chain.Push(current);
        var result = new List<PropertySchema>();
        foreach (var type in chain)
        {
            foreach (var info in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            {
                if (info.SetMethod is null || info.GetIndexParameters().Length > 0) continue;
                var property = new PropertySchema(info, _types);
                var inherited = result.FindIndex(p => p.Info.Name == info.Name);
                if (inherited >= 0) result[inherited] = property;
                else result.Add(property);
            }
        }

        return result;
    }

    List<RuleSchema> ReadRules()
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

    UnionSchema? ReadUnion()
    {
        if (!Type.IsAbstract || Type.GetCustomAttribute<UnionAttribute>() is not { } attribute) return null;
        var cases = _types.CasesOf(Type);
        return new UnionSchema(attribute.Discriminator, [.. cases.Select(c => new UnionCase(c.Name, _types.Record(c.Type)))]);
    }
}

/// <summary>A rule of a record.</summary>
sealed record RuleSchema(string Code, MethodInfo Method);

/// <summary>A case of a union.</summary>
sealed record UnionCase(string Name, RecordSchema Case);

/// <summary>The cases of a union, in the order in which they are declared.</summary>
sealed record UnionSchema(string Discriminator, IReadOnlyList<UnionCase> Cases)
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
