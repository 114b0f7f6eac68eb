using Dex.Yaml;

namespace Dex.Config;

/// <summary>One source of values: a file's root, an environment's part of a file, or an option of the command line.</summary>
/// <param name="Name">As shown to a user: <c>file root</c>, <c>environments.prod</c>.</param>
/// <param name="Root">The map; keys of the language are still in it.</param>
/// <param name="Environment">The environment it belongs to, or null.</param>
sealed record Layer(string Name, YamlMap Root, string? Environment = null)
{
    public bool IsOverlay => Environment is not null;

    public bool Equals(Layer? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

/// <summary>How a layer changes a key.</summary>
enum MergeOperator
{
    /// <summary><c>k</c>: maps merge, everything else replaces.</summary>
    Set,

    /// <summary><c>k+</c>: appends to a list.</summary>
    Append,

    /// <summary><c>k!</c>: replaces a map.</summary>
    Replace,
}

/// <summary>What one layer says about one key.</summary>
/// <param name="Via">The named record that it is inherited from through <c>extends</c>, or null.</param>
sealed record Contribution(Layer Layer, MergeOperator Operator, SourceSpan KeySpan, YamlNode Value, string? Via = null)
{
    public bool Removes => Value is YamlScalar { IsNull: true };
}

/// <summary>What all layers say about one key, lowest first.</summary>
sealed record KeyContributions(string Key, List<Contribution> Value);

/// <summary>A key as written, taken apart.</summary>
sealed record MergeKey(string Name, MergeOperator Operator)
{
    /// <summary>Operators count only in keys without quotes, so that any name can be written.</summary>
    public static MergeKey Of(YamlEntry entry)
    {
        var key = entry.Key;
        if (!entry.IsPlainKey || key.Length < 2) return new MergeKey(key, MergeOperator.Set);
        return key[^1] switch
        {
            '+' => new MergeKey(key[..^1], MergeOperator.Append),
            '!' => new MergeKey(key[..^1], MergeOperator.Replace),
            _ => new MergeKey(key, MergeOperator.Set),
        };
    }
}
