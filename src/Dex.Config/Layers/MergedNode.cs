using System.Text;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>One value of an environment after merging, with everything that layers said about it.</summary>
sealed class MergedNode(ValueSchema schema, PropertySchema? property, MergedNode? parent, string key)
{
    Dictionary<string, MergedNode>? _index;
    Template? _template;

    public ValueSchema Schema { get; } = schema;

    /// <summary>The property whose constraints hold, also for the items of its list or map.</summary>
    public PropertySchema? Property { get; } = property;

    public MergedNode? Parent { get; } = parent;

    /// <summary>The key in its map, or the index in its list.</summary>
    public string Key { get; } = key;

    /// <summary>Lowest layer first, with those that have no effect.</summary>
    public IReadOnlyList<Contribution> Contributions { get; init; } = [];

    /// <summary>Index of the first contribution that has an effect.</summary>
    public int FirstEffective { get; set; }

    /// <summary>A null of a higher layer took it away.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Reported already; nothing is said about it again.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Something was reported about its keys, so a rule could stumble over what is not there.</summary>
    public bool IsIncomplete { get; set; }

    /// <summary>What it extends cannot be found, so nobody knows which keys it has.</summary>
    public bool LacksParents { get; set; }

    /// <summary>Nothing is wrong with it or with anything below.</summary>
    public bool IsSound => IsDone || !(IsBroken || IsIncomplete || LacksParents || (Children is not null && Children.Exists(c => c is { IsRemoved: false, IsSound: false })));

    /// <summary>Shared between environments, and checked and bound in one of them.</summary>
    public bool IsDone { get; set; }

    /// <summary>The records that were bound below and at this node, itself last; only for shared nodes.</summary>
    public List<BoundRecord>? BoundRecords { get; set; }

    /// <summary>The winning scalar, when it is one.</summary>
    public YamlScalar? Scalar { get; set; }

    /// <summary>The record after the choice of a union's case.</summary>
    public RecordSchema? Record { get; set; }

    /// <summary>Keys of a map or items of a list, when it is one; removed ones included.</summary>
    public List<MergedNode>? Children { get; set; }

    public bool IsList { get; set; }

    public bool IsTemplate => Scalar is not null && Template.IsTemplate(Scalar);

    /// <summary>The parsed expressions of a scalar.</summary>
    public Template Template => _template ??= Template.Parse(Scalar!.Text);

    /// <summary>The layer that won, or null when there is none.</summary>
    public Contribution? Winner => Contributions.Count > 0 ? Contributions[^1] : null;

    /// <summary>The place to show: the winning layer's value.</summary>
    public SourceSpan Span => Winner?.Value.Span ?? default;

    public MergedNode? Find(string childKey)
    {
        if (Children is null) return null;
        if (Children.Count <= 6) return Children.Find(c => c.Key == childKey);
        _index ??= Children.ToDictionary(c => c.Key, StringComparer.Ordinal);
        return _index.GetValueOrDefault(childKey);
    }

    /// <summary>The path as users write it: <c>services.web.args[0]</c>; empty for the root.</summary>
    public string Path
    {
        get
        {
            if (Parent is null) return "";
            var result = new StringBuilder(Parent.Path);
            if (Parent.IsList) return result.Append('[').Append(Key).Append(']').ToString();
            if (result.Length > 0) result.Append('.');
            return result.Append(Key).ToString();
        }
    }
}
