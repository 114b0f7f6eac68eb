using System.Globalization;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>Where a value comes from.</summary>
/// <param name="Path">The key's path.</param>
/// <param name="Value">The resolved value as text; <c>***</c> for a secret, the expression when it was not computed, null when nothing sets it.</param>
/// <param name="Origins">Everything that was said about the key, the winner first.</param>
public sealed record ProvenanceEntry(string Path, string? Value, IReadOnlyList<Origin> Origins);

/// <summary>What one layer says about a key.</summary>
/// <param name="Wins">It has an effect on the result.</param>
/// <param name="Layer">The layer: <c>environments.prod</c>, <c>file root</c>, <c>schema default</c>.</param>
/// <param name="Place">Where; null for a schema default.</param>
/// <param name="Text">The value as written, with its operator when it has one.</param>
public sealed record Origin(bool Wins, string Layer, SourceSpan? Place, string Text);

/// <summary>Every contribution to every value of an environment.</summary>
public sealed class Provenance
{
    readonly Resolution _resolution;

    internal Provenance(Resolution resolution) => _resolution = resolution;

    /// <summary>The paths of all single values that a layer sets, in the order of the file.</summary>
    public IEnumerable<string> Paths => Leaves(_resolution.Root).Select(n => n.Path);

    /// <summary>The origins of a key.</summary>
    /// <param name="path">For example <c>services.web.replicas</c> or <c>services.web.args[0]</c>.</param>
    /// <exception cref="ConfigException">The schema has no such key.</exception>
    public ProvenanceEntry Of(string path)
    {
        var steps = ConfigPath.Parse(path) ?? throw new ConfigException(ConfigErrors.UnknownPath(path, Paths));
        var node = _resolution.Root;
        for (var i = 0; i < steps.Count; i++)
        {
            if (node.Find(steps[i]) is { } child) { node = child; continue; }
            return Default(node, steps, i) ?? throw new ConfigException(ConfigErrors.UnknownPath(path, Paths));
        }

        var origins = new List<Origin>();
        for (var i = node.Contributions.Count - 1; i >= 0; i--) origins.Add(Describe(node, node.Contributions[i], !node.IsRemoved && i >= node.FirstEffective && !IsSetBelow(node, i)));
        if (node.IsRemoved && origins.Count > 0) origins[0] = origins[0] with { Wins = true };
        if (node.Parent?.Record is { } record && node.Property is not null && DefaultText(record.Default(node.Property)) is { } text)
            origins.Add(new Origin(false, "schema default", null, $"{node.Property.Info.DeclaringType!.Name}.{node.Property.Info.Name} {text}"));
        return new ProvenanceEntry(path, node.IsRemoved ? null : Value(node), origins);
    }

    /// <summary>Maps merge, so every layer of one has an effect; of a single value only the last.</summary>
    static bool IsSetBelow(MergedNode node, int index) => node.Scalar is not null && index < node.Contributions.Count - 1;

    ProvenanceEntry? Default(MergedNode node, IReadOnlyList<string> steps, int at)
    {
        var record = node.Record;
        object? value = null;
        PropertySchema? property = null;
        for (; at < steps.Count; at++)
        {
            property = record?.Find(steps[at]);
            if (property is null) return null;
            value = record!.Default(property);
            record = property.Schema.Unwrapped as RecordSchema;
        }

        var origins = DefaultText(value) is { } text ? new List<Origin> { new(true, "schema default", null, $"{property!.Info.DeclaringType!.Name}.{property.Info.Name} {text}") } : [];
        return new ProvenanceEntry(string.Join('.', steps), DefaultText(value), origins);
    }

    static Origin Describe(MergedNode node, Contribution contribution, bool wins)
    {
        var text = contribution.Value switch
        {
            YamlScalar { IsNull: true } => "null (removes it)",
            YamlScalar scalar => node.Schema.Unwrapped is ScalarSchema { IsSecret: true } && !Template.IsTemplate(scalar) ? Text.Mask : ScalarReader.Short(scalar.Text),
            YamlList list => list.Items.Count == 1 ? "1 item" : $"{list.Items.Count} items",
            YamlMap map => map.Entries.Count == 1 ? "1 key" : $"{map.Entries.Count} keys",
            _ => "",
        };
        var written = contribution.Operator switch { MergeOperator.Append => $"+ {text}", MergeOperator.Replace => $"! {text}", _ => text };
        var layer = contribution.Via is null ? contribution.Layer.Name : $"{contribution.Layer.Name}, through {contribution.Via}";
        return new Origin(wins, layer, contribution.Value is YamlScalar ? contribution.Value.Span : contribution.KeySpan, written);
    }

    string Value(MergedNode node)
    {
        if (node.Scalar is null) return JsonText(node);
        if (node.IsTemplate) return _resolution.Known.TryGetValue(node, out var value) ? value.ToString() : node.Scalar.Text;
        return node.Schema.Unwrapped is ScalarSchema { IsSecret: true } ? Text.Mask : node.Scalar.Text;
    }

    string JsonText(MergedNode node) => node.IsList
        ? $"[{string.Join(", ", node.Children!.Where(c => !c.IsRemoved).Select(Value))}]"
        : $"{{{string.Join(", ", node.Children!.Where(c => !c.IsRemoved).Select(c => $"{c.Key}: {Value(c)}"))}}}";

    internal static string? DefaultText(object? value) => value switch
    {
        null => null,
        bool flag => flag ? "true" : "false",
        string text => text,
        Enum member => Naming.Member(member.ToString()),
        TimeSpan span => new Duration(span).ToString(),
        IDynamic dynamic => DefaultText(dynamic.Constant),
        System.Collections.IEnumerable list => list.Cast<object>().Any() ? string.Join(", ", list.Cast<object>().Select(DefaultText)) : null,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.GetType().IsClass ? null : value.ToString(),
    };

    static IEnumerable<MergedNode> Leaves(MergedNode node)
    {
        if (node.IsRemoved) return [];
        return node.Children is null ? node.Parent is null ? [] : [node] : node.Children.SelectMany(Leaves);
    }
}
