using System.Text.Json.Nodes;

namespace Dex.Kubernetes.Model;

/// <summary>How one requirement of a <see cref="LabelSelector"/> compares.</summary>
public enum SelectorOperator
{
    /// <summary>The label has one of the values.</summary>
    In,

    /// <summary>The label is absent or has none of the values.</summary>
    NotIn,

    /// <summary>The label is there.</summary>
    Exists,

    /// <summary>The label is absent.</summary>
    DoesNotExist,
}

/// <summary>One requirement of a <see cref="LabelSelector"/>.</summary>
public sealed record SelectorRequirement(string Key, SelectorOperator Operator, IReadOnlyList<string> Values)
{
    /// <summary>Whether a set of labels fulfils it.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        var present = labels.TryGetValue(Key, out var value);
        return Operator switch
        {
            SelectorOperator.In => present && Values.Contains(value!),
            SelectorOperator.NotIn => !present || !Values.Contains(value!),
            SelectorOperator.Exists => present,
            _ => !present,
        };
    }

    /// <summary>The form that the API takes in a query.</summary>
    public override string ToString() => Operator switch
    {
        SelectorOperator.In => Values.Count == 1 ? $"{Key}={Values[0]}" : $"{Key} in ({string.Join(',', Values)})",
        SelectorOperator.NotIn => Values.Count == 1 ? $"{Key}!={Values[0]}" : $"{Key} notin ({string.Join(',', Values)})",
        SelectorOperator.Exists => Key,
        _ => "!" + Key,
    };
}

/// <summary>A conjunction of label requirements; the empty one selects everything.</summary>
public sealed record LabelSelector(IReadOnlyList<SelectorRequirement> Requirements)
{
    /// <summary>Selects everything.</summary>
    public static LabelSelector Everything { get; } = new([]);

    /// <summary>Whether all requirements hold.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var requirement in Requirements)
        {
            if (!requirement.Matches(labels))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A selector on exact values, keys in ordinal order.</summary>
    public static LabelSelector For(IEnumerable<KeyValuePair<string, string>> labels) =>
        new([.. labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => new SelectorRequirement(l.Key, SelectorOperator.In, [l.Value]))]);

    /// <summary>
    /// The selector of an object, <c>{matchLabels, matchExpressions}</c>. Null selects nothing in Kubernetes, so callers decide about it.
    /// </summary>
    /// <exception cref="FormatException">An operator is unknown.</exception>
    public static LabelSelector From(JsonObject selector)
    {
        var exact = For(selector.TextMap("matchLabels")).Requirements;
        var expressions = selector.Items("matchExpressions").Select(e => new SelectorRequirement(
            e.Text("key") ?? "",
            Enum.TryParse<SelectorOperator>(e.Text("operator"), out var op) ? op : throw new FormatException($"\"{e.Text("operator")}\" is not a valid label selector operator"),
            e.TextList("values")));
        return new([.. exact, .. expressions]);
    }

    /// <summary>Reads the form of a query: <c>a=b,c!=d,e in (f,g),h notin (i),j,!k</c>.</summary>
    /// <exception cref="FormatException">The text is not a selector; the message says why.</exception>
    public static LabelSelector Parse(string text) => new SelectorParser(text).Parse();

    /// <summary>The form of a query.</summary>
    public override string ToString() => string.Join(',', Requirements);
}
