namespace Dex.Config;

/// <summary>What all attributes of keys have in common, so that one question tells whether a key has any.</summary>
public abstract class SchemaAttribute : Attribute;

/// <summary>The least and greatest value of a number, both allowed.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BetweenAttribute(double min, double max) : SchemaAttribute
{
    /// <summary>The least value.</summary>
    public double Min { get; } = min;

    /// <summary>The greatest value.</summary>
    public double Max { get; } = max;

    /// <summary>Where the limit comes from, shown with the error, for example <c>TCP has 16-bit ports</c>.</summary>
    public string? Because { get; init; }
}

/// <summary>A regular expression that the whole text must match; write it so that JavaScript and .NET read it the same way.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PatternAttribute(string regex) : SchemaAttribute
{
    /// <summary>The expression, without anchors.</summary>
    public string Regex { get; } = regex;

    /// <summary>What the text must be, in words, for example <c>a lower-case name</c>.</summary>
    public string? Means { get; init; }
}

/// <summary>A regular expression that every key of a map must match.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyPatternAttribute(string regex) : SchemaAttribute
{
    /// <summary>The expression, without anchors.</summary>
    public string Regex { get; } = regex;

    /// <summary>What a key must be, in words.</summary>
    public string? Means { get; init; }
}

/// <summary>The only values allowed.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AnyOfAttribute(params object[] values) : SchemaAttribute
{
    /// <summary>The values.</summary>
    public IReadOnlyList<object> Values { get; } = values;
}

/// <summary>The property receives the name under which its record stands in a map; it cannot be written in the file.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class IdentityAttribute : SchemaAttribute;

/// <summary>The name in the file, where it is not the property's or enum member's own name.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class NameAttribute(string name) : SchemaAttribute
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;
}

/// <summary>The property had another name. The old one still works, with a warning, and <c>config fix</c> rewrites it.</summary>
[AttributeUsage(AttributeTargets.Property, AllowMultiple = true)]
public sealed class RenamedFromAttribute(string oldName) : SchemaAttribute
{
    /// <summary>The name that was used before.</summary>
    public string OldName { get; } = oldName;

    /// <summary>The version that renamed it.</summary>
    public string? Since { get; init; }

    /// <summary>The version in which the old name stops working.</summary>
    public string? RemovedIn { get; init; }

    /// <summary>A static method <c>string M(string)</c> of the record that turns an old value into a new one.</summary>
    public string? Convert { get; init; }
}

/// <summary>The record is one of several cases, told apart by the value of a key.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class UnionAttribute(string discriminator) : Attribute
{
    /// <summary>The key, for example <c>type</c>.</summary>
    public string Discriminator { get; } = discriminator;
}

/// <summary>A case of the union that the record derives from.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class CaseAttribute(string name) : Attribute
{
    /// <summary>The discriminator's value.</summary>
    public string Name { get; } = name;
}

/// <summary>Where a record is expected, a value that is no map stands for this one key.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ShorthandAttribute(string property) : Attribute
{
    /// <summary>The C# name of the property.</summary>
    public string Property { get; } = property;
}

/// <summary>A static method <c>void M(TRecord, Check)</c> of a record that checks several keys together.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RuleAttribute(string code) : Attribute
{
    /// <summary>The diagnostic's code, <c>DEX2100</c> to <c>DEX2199</c> for dex's own.</summary>
    public string Code { get; } = code;
}

/// <summary>An example of the value, for the reference docs and the editor.</summary>
[AttributeUsage(AttributeTargets.Property, AllowMultiple = true)]
public sealed class ExampleAttribute(string yaml) : SchemaAttribute
{
    /// <summary>The value as YAML.</summary>
    public string Yaml { get; } = yaml;
}
