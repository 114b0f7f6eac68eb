namespace Dex.Config;

/// <summary>
/// Stands in for a value that a static resolution does not compute, so that rules which ask whether a key is there find it. Rules that complain about
/// such a value itself are not heard, and nobody is shown it.
/// </summary>
static class Placeholders
{
    public static object For(MergedNode node, ScalarSchema schema)
    {
        if (node.Parent?.Record is { } record && node.Property is { } property && node.Schema == property.Schema && record.Default(property) is { } value) return value;
        object plain = schema.Kind switch
        {
            ScalarKind.Boolean => false,
            ScalarKind.Whole => Whole(node, schema),
            ScalarKind.Number => schema.ValueType == typeof(decimal) ? 1m : (object)1.0,
            ScalarKind.Choice => schema.Choices[0].Value,
            ScalarKind.Size => new ByteSize("1Gi"),
            ScalarKind.Duration => schema.ValueType == typeof(TimeSpan) ? TimeSpan.FromMinutes(1) : (object)new Duration(TimeSpan.FromMinutes(1)),
            _ => schema.ValueType == typeof(Text) ? new Text(node.Scalar!.Text) : (object)node.Scalar!.Text,
        };
        return schema.IsSecret ? Activator.CreateInstance(schema.Type, plain)! : plain;
    }

    static object Whole(MergedNode node, ScalarSchema schema)
    {
        var value = (long)Math.Max(1, node.Property?.Constraints.Between?.Min ?? 1);
        return schema.ValueType == typeof(int) ? (int)value : (object)value;
    }
}
