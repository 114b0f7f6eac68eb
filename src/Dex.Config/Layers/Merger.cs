using Dex.Yaml;

namespace Dex.Config;

/// <summary>
/// Merges all layers at once. Merging pairwise would have to keep tombstones alive between the pairs, which is where other tools went wrong.
/// </summary>
sealed class Merger(DiagnosticBag diagnostics, IReadOnlySet<YamlNode> broken, IReadOnlySet<YamlNode> incomplete, SharedRecords? shared)
{
    /// <summary>The merged root of one environment.</summary>
    /// <param name="root">The schema of the root.</param>
    /// <param name="layers">Lowest first.</param>
    public MergedNode Merge(RecordSchema root, IReadOnlyList<Layer> layers)
    {
        var node = new MergedNode(root, null, null, "")
        {
            Contributions = [.. layers.Select(l => new Contribution(l, MergeOperator.Set, l.Root.Span, l.Root))],
            Record = root,
        };
        node.Children = Record(node, root, Gather(node.Contributions, root, SchemaModel.RootKeys, SchemaModel.OverlayKeys));
        Mark(node);
        return node;
    }

    MergedNode Value(ValueSchema schema, PropertySchema? property, MergedNode parent, string key, List<Contribution> contributions)
    {
        var node = new MergedNode(schema, property, parent, key) { Contributions = contributions };
        for (var i = contributions.Count - 1; i >= 0; i--)
        {
            if (contributions[i].Removes) { node.FirstEffective = i + 1; break; }
            if (contributions[i].Operator == MergeOperator.Replace) { node.FirstEffective = i; break; }
        }

        if (node.FirstEffective == contributions.Count)
        {
            node.IsRemoved = true;
            return node;
        }

        switch (schema.Unwrapped)
        {
            case RecordSchema record: RecordValue(node, record); break;
            case MapSchema map: MapValue(node, map); break;
            case ListSchema list: ListValue(node, list.Item); break;
            case ScalarSchema: ScalarValue(node); break;
            default: AnyValue(node); break;
        }

        Mark(node);
        return node;
    }

    void Mark(MergedNode node)
    {
        if (broken.Count == 0 && incomplete.Count == 0) return;
        for (var i = node.FirstEffective; i < node.Contributions.Count; i++)
        {
            node.IsBroken |= broken.Contains(node.Contributions[i].Value);
            node.IsIncomplete |= incomplete.Contains(node.Contributions[i].Value);
        }
    }

    void ScalarValue(MergedNode node)
    {
        node.Scalar = node.Contributions[^1].Value as YamlScalar;
        node.FirstEffective = node.Contributions.Count - 1;
        if (node.Scalar is null) node.IsBroken = true;
    }

    void RecordValue(MergedNode node, RecordSchema record)
    {
        var maps = Maps(node, record);
        node.Record = record;
        if (record.Union is { } union) Choose(node, union, maps);
        node.Children = node.Record is null ? [] : Record(node, node.Record, Gather(maps, node.Record, OverlayKeys(node), []));
    }

    /// <summary>A layer that names another case starts afresh: the keys of two cases have nothing to do with each other.</summary>
    static void Choose(MergedNode node, UnionSchema union, List<Contribution> maps)
    {
        string? chosen = null;
        for (var i = 0; i < maps.Count; i++)
        {
            if (((YamlMap)maps[i].Value)[union.Discriminator] is not YamlScalar named) continue;
            if (chosen is not null && chosen != named.Text)
            {
                node.FirstEffective = node.Contributions.Count - (maps.Count - i);
                maps.RemoveRange(0, i);
                i = 0;
            }

            chosen = named.Text;
        }

        node.Record = chosen is null ? null : union.Find(chosen);
        node.IsBroken = chosen is not null && node.Record is null;
    }

    void MapValue(MergedNode node, MapSchema map)
    {
        var children = Gather(Maps(node, null), null, [], []);
        var extends = new NamedExtends(diagnostics, node);
        if (map.Item.Unwrapped is RecordSchema) children = extends.Apply(children);
        node.Children = [.. children.Select(c => Item(map, node, c))];
        foreach (var child in node.Children.Where(c => extends.Lacking.Contains(c.Key))) child.LacksParents = true;
        if (map.Item.Unwrapped is RecordSchema item && item.Find("abstract") is null) node.Children.RemoveAll(IsAbstract);
    }

    MergedNode Item(MapSchema map, MergedNode parent, KeyContributions item)
    {
        if (shared is null || map.Item.Unwrapped is not RecordSchema) return Value(map.Item, parent.Property, parent, item.Key, item.Value);
        if (shared.Find(item.Value) is { } known) return known;
        var node = Value(map.Item, parent.Property, parent, item.Key, item.Value);
        shared.Add(node, item.Value);
        return node;
    }

    static bool IsAbstract(MergedNode node) =>
        node.Contributions.LastOrDefault(c => c.Via is null && c.Value is YamlMap map && map["abstract"] is not null)?.Value is YamlMap own
        && own["abstract"] is YamlScalar { Text: "true" };

    void ListValue(MergedNode node, ValueSchema item)
    {
        var start = node.FirstEffective;
        for (var i = node.Contributions.Count - 1; i >= start; i--)
        {
            if (node.Contributions[i].Operator != MergeOperator.Append) { node.FirstEffective = i; break; }
        }

        node.IsList = true;
        node.Children = [];
        foreach (var contribution in node.Contributions.Skip(node.FirstEffective))
        {
            if (contribution.Value is not YamlList list) { node.IsBroken = true; continue; }
            foreach (var value in list.Items)
            {
                node.Children.Add(Value(item, node.Property, node, $"{node.Children.Count}", [contribution with { Operator = MergeOperator.Set, KeySpan = value.Span, Value = value }]));
            }
        }
    }

    /// <summary>Free JSON: maps merge, the rest replaces, and two kinds at one key are a mistake.</summary>
    void AnyValue(MergedNode node)
    {
        var effective = node.Contributions.Skip(node.FirstEffective).ToList();
        var last = effective[^1];
        var other = effective.FindIndex(c => c.Value.GetType() != last.Value.GetType());
        if (other >= 0)
        {
            diagnostics.Add(ConfigErrors.KindMismatch(node.Path, last, effective[other]));
            node.IsBroken = true;
        }

        if (last.Value is YamlScalar scalar)
        {
            node.Scalar = scalar;
            node.FirstEffective = node.Contributions.Count - 1;
            return;
        }

        var any = node.Schema.Unwrapped is JsonValueSchema { Type.Name: not "JsonNode" } ? JsonAny : node.Schema;
        if (last.Value is YamlList) ListValue(node, any);
        else node.Children = [.. Gather(effective.Where(c => c.Value is YamlMap), null, [], []).Select(c => Value(any, null, node, c.Key, c.Value))];
    }

    static readonly JsonValueSchema JsonAny = new(typeof(System.Text.Json.Nodes.JsonNode));

    List<MergedNode> Record(MergedNode parent, RecordSchema record, List<KeyContributions> keys)
    {
        var result = new List<MergedNode>(keys.Count);
        foreach (var (key, contributions) in keys)
        {
            if (record.Find(key) is { } property) result.Add(Value(property.Schema, property, parent, key, contributions));
        }

        return result;
    }

    /// <summary>The effective maps, shorthands written out; values of another kind are reported elsewhere and left out.</summary>
    static List<Contribution> Maps(MergedNode node, RecordSchema? record)
    {
        var result = new List<Contribution>(node.Contributions.Count - node.FirstEffective);
        for (var i = node.FirstEffective; i < node.Contributions.Count; i++)
        {
            var contribution = node.Contributions[i];
            if (contribution.Value is YamlMap) result.Add(contribution);
            else if (record?.Shorthand is { } property && !contribution.Removes)
                result.Add(contribution with { Value = new YamlMap([new YamlEntry(property.Key, contribution.Value.Span, contribution.Value)], contribution.Value.Span) });
        }

        return result;
    }

    static IReadOnlyList<string> OverlayKeys(MergedNode node) => node.Parent?.Schema.Unwrapped is MapSchema ? SchemaModel.OverlayKeys : [];

    /// <summary>What the layers say about each key, in the order in which keys appear.</summary>
    static List<KeyContributions> Gather(IEnumerable<Contribution> maps, RecordSchema? record, IReadOnlyList<string> skip, IReadOnlyList<string> skipInOverlays)
    {
        var result = new List<KeyContributions>();
        Dictionary<string, int>? places = null;
        foreach (var contribution in maps)
        {
            foreach (var entry in ((YamlMap)contribution.Value).Entries)
            {
                var key = MergeKey.Of(entry);
                if (skip.Contains(key.Name) || (contribution.Layer.IsOverlay && skipInOverlays.Contains(key.Name))) continue;
                var next = contribution with { Operator = key.Operator, KeySpan = entry.KeySpan, Value = entry.Value };
                if (record is not null && record.Find(key.Name) is null && record.FindOld(key.Name) is { } old)
                {
                    key = key with { Name = old.Property.Key };
                    next = next with { Value = Renames.Convert(record, old.Rename, entry.Value) };
                }

                places ??= new Dictionary<string, int>(StringComparer.Ordinal);
                if (places.TryGetValue(key.Name, out var at)) result[at].Value.Add(next);
                else
                {
                    places.Add(key.Name, result.Count);
                    result.Add(new KeyContributions(key.Name, [next]));
                }
            }
        }

        return result;
    }
}
