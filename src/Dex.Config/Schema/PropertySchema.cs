using System.Reflection;
using System.Runtime.CompilerServices;

namespace Dex.Config;

/// <summary>One key of a record.</summary>
sealed class PropertySchema
{
    readonly Lazy<ValueSchema> _schema;

    public PropertySchema(PropertyInfo info, SchemaTypes types)
    {
        Info = info;
        // Asking whether an attribute is there is much cheaper than reading all of them, and most properties have none of ours.
        IsRequired = info.IsDefined(typeof(RequiredMemberAttribute), inherit: false);
        IReadOnlyList<SchemaAttribute> attributes = info.IsDefined(typeof(SchemaAttribute), inherit: false) ? [.. info.GetCustomAttributes<SchemaAttribute>(inherit: false)] : [];
        IsIdentity = attributes.OfType<IdentityAttribute>().Any();
        Renames = [.. attributes.OfType<RenamedFromAttribute>()];
        Key = attributes.OfType<NameAttribute>().FirstOrDefault()?.Name ?? Naming.Key(info.Name);
        Constraints = attributes.Count == 0 ? Constraints.None : new Constraints(info, attributes);
        _schema = new(() => types.For(info.PropertyType));
    }

    public PropertyInfo Info { get; }

    public string Key { get; }

    public ValueSchema Schema => _schema.Value;

    public bool IsRequired { get; }

    public bool IsIdentity { get; }

    public IReadOnlyList<RenamedFromAttribute> Renames { get; }

    public Constraints Constraints { get; }
}

/// <summary>The limits that attributes set on a key.</summary>
sealed class Constraints(PropertyInfo? info, IReadOnlyList<SchemaAttribute> attributes)
{
    public static Constraints None { get; } = new(null, []);

    public BetweenAttribute? Between { get; } = attributes.OfType<BetweenAttribute>().FirstOrDefault();

    public PatternAttribute? Pattern { get; } = attributes.OfType<PatternAttribute>().FirstOrDefault();

    public KeyPatternAttribute? KeyPattern { get; } = attributes.OfType<KeyPatternAttribute>().FirstOrDefault();

    public AnyOfAttribute? AnyOf { get; } = attributes.OfType<AnyOfAttribute>().FirstOrDefault();

    public IReadOnlyList<string> Examples { get; } = [.. attributes.OfType<ExampleAttribute>().Select(e => e.Yaml)];

    /// <summary>Where the limit stands in the schema, for messages.</summary>
    public string Origin { get; } = info is null ? "" : $"{info.DeclaringType!.Name}.{info.Name}";

    public bool HasValueLimits => Between is not null || Pattern is not null || AnyOf is not null;
}
