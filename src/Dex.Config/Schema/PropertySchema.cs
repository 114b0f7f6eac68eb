using System.Reflection;
using System.Runtime.CompilerServices;

namespace Dex.Config;

/// <summary>One key of a record.</summary>
internal sealed class PropertySchema
{
    private readonly Lazy<ValueSchema> schema;
    private readonly Lazy<Constraints> constraints;

    public PropertySchema(PropertyInfo info, SchemaTypes types)
    {
        Info = info;
        // One pass over the attributes' metadata decides which of them are worth constructing; most properties have none.
        foreach (var data in info.GetCustomAttributesData())
        {
            var type = data.AttributeType;
            if (type == typeof(RequiredMemberAttribute)) IsRequired = true;
            else if (type == typeof(IdentityAttribute)) IsIdentity = true;
            else if (type == typeof(NameAttribute)) Key = (string)data.ConstructorArguments[0].Value!;
            else if (type == typeof(RenamedFromAttribute)) Renames = [.. info.GetCustomAttributes<RenamedFromAttribute>()];
            else if (type.Assembly == typeof(PropertySchema).Assembly) HasConstraints = true;
        }

        Key ??= Naming.Key(info.Name);
        schema = new(() => types.For(info.PropertyType));
        constraints = new(() => HasConstraints ? new Constraints(info) : Constraints.None);
    }

    public PropertyInfo Info { get; }

    public string Key { get; }

    public ValueSchema Schema => schema.Value;

    public bool IsRequired { get; }

    public bool IsIdentity { get; }

    public IReadOnlyList<RenamedFromAttribute> Renames { get; } = [];

    public Constraints Constraints => constraints.Value;

    private bool HasConstraints { get; }
}

/// <summary>The limits that attributes set on a key.</summary>
internal sealed class Constraints(PropertyInfo? info)
{
    public static Constraints None { get; } = new(null);

    public BetweenAttribute? Between { get; } = info?.GetCustomAttribute<BetweenAttribute>();

    public PatternAttribute? Pattern { get; } = info?.GetCustomAttribute<PatternAttribute>();

    public KeyPatternAttribute? KeyPattern { get; } = info?.GetCustomAttribute<KeyPatternAttribute>();

    public AnyOfAttribute? AnyOf { get; } = info?.GetCustomAttribute<AnyOfAttribute>();

    public IReadOnlyList<string> Examples { get; } = info is null ? [] : [.. info.GetCustomAttributes<ExampleAttribute>().Select(e => e.Yaml)];

    /// <summary>Where the limit stands in the schema, for messages.</summary>
    public string Origin { get; } = info is null ? "" : $"{info.DeclaringType!.Name}.{info.Name}";

    public bool HasValueLimits => Between is not null || Pattern is not null || AnyOf is not null;
}
