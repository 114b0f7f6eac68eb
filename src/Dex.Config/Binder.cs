namespace Dex.Config;

/// <summary>Makes the typed values. Everything was checked before, except for what only computed values can break; broken values are left out.</summary>
sealed class Binder(Resolution resolution, DiagnosticBag diagnostics)
{
    /// <summary>The records that were made, with their nodes, children first; rules run over them.</summary>
    public List<BoundRecord> Records { get; } = [];

    public object? Bind(MergedNode node)
    {
        switch (node.Schema.Unwrapped)
        {
            case RecordSchema: return node.Record is null ? null : Record(node, node.Record);
            case MapSchema map: return Map(node, map);
            case ListSchema list: return List(node, list);
            case ScalarSchema scalar: return Scalar(node, scalar);
            default:
                var json = JsonBinder.Bind(node, resolution.Known);
                return node.Schema is DynamicSchema dynamic ? dynamic.Constant(json) : json;
        }
    }

    object Record(MergedNode node, RecordSchema schema)
    {
        if (node is { IsDone: true, BoundRecords: { } known })
        {
            Records.AddRange(known);
            return known[^1].Record;
        }

        var result = Activator.CreateInstance(schema.Type)!;
        foreach (var child in node.Children!)
        {
            if (child.IsRemoved || child.IsBroken || child.Property is null) continue;
            var value = Bind(child);
            if (value is not null) child.Property.Info.SetValue(result, value);
        }

        if (schema.Identity is { } identity && node.Parent is not null) identity.Info.SetValue(result, node.Key);
        Records.Add(new BoundRecord(result, node));
        return result;
    }

    INamedMap Map(MergedNode node, MapSchema schema)
    {
        var result = schema.Create();
        foreach (var child in node.Children!)
        {
            if (child.IsRemoved || child.IsBroken) continue;
            if (Bind(child) is { } value) result.AddValue(child.Key, value);
        }

        return result;
    }

    object List(MergedNode node, ListSchema schema)
    {
        var values = new List<object>();
        foreach (var child in node.Children!)
        {
            if (!child.IsBroken && Bind(child) is { } value) values.Add(value);
        }

        if (schema.Type.IsGenericType && schema.Type.GetGenericTypeDefinition() == typeof(List<>))
        {
            var list = (System.Collections.IList)Activator.CreateInstance(schema.Type)!;
            foreach (var value in values) list.Add(value);
            return list;
        }

        var array = Array.CreateInstance(schema.ItemType, values.Count);
        for (var i = 0; i < values.Count; i++) array.SetValue(values[i], i);
        return array;
    }

    object? Scalar(MergedNode node, ScalarSchema schema)
    {
        if (node.IsTemplate)
        {
            if (node.Schema is DynamicSchema lazy) return lazy.Computed(node.Scalar!.Text, ct => resolution.DemandAsync(node, schema, ct));
            if (!resolution.Known.TryGetValue(node, out var value)) return Placeholders.For(node, schema);
            var result = resolution.Convert(node, schema, value, out var problem);
            if (problem is null) return result;
            node.IsBroken = true;
            diagnostics.Add(problem);
            return null;
        }

        var literal = ScalarReader.Read(schema, node.Scalar!, out _);
        return literal is not null && node.Schema is DynamicSchema dynamic ? dynamic.Constant(literal) : literal;
    }
}

/// <summary>A record and the node it was made from.</summary>
sealed record BoundRecord(object Record, MergedNode Node)
{
    /// <summary>Its rules have been run for another environment.</summary>
    public bool IsChecked => Node.IsDone || (Node.Parent is not null && IsBelowDone(Node.Parent));

    static bool IsBelowDone(MergedNode node) => node.IsDone || (node.Parent is not null && IsBelowDone(node.Parent));
}
