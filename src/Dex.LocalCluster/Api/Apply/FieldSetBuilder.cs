using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Apply;

/// <summary>The fields that an applied configuration names.</summary>
static class FieldSetBuilder
{
    public static FieldSet Of(TypeSchema schema, JsonObject value)
    {
        var set = new FieldSet();
        Fields(set, schema, value);
        return set;
    }

    static void Visit(FieldSet set, TypeSchema? schema, JsonNode? value)
    {
        switch (Shapes.Of(schema, value, null))
        {
            case NodeShape.Fields when value is JsonObject fields:
                Fields(set, schema, fields);
                break;
            case NodeShape.Items when value is JsonArray items:
                Items(set, schema!, items);
                break;
            case NodeShape.Leaf:
                set.IsMember = true;
                break;
        }
    }

    static void Fields(FieldSet set, TypeSchema? schema, JsonObject fields)
    {
        foreach (var (name, value) in fields)
        {
            var child = set.At(PathElement.Field(name));
            Visit(child, Shapes.Child(schema, name), value);
            child.IsMember |= value is null or JsonObject { Count: 0 } || !Shapes.IsDeclared(schema, name);
        }
    }

    static void Items(FieldSet set, TypeSchema schema, JsonArray items)
    {
        foreach (var item in items)
        {
            var child = set.At(PathElement.Item(schema, item));
            Visit(child, schema.Element, item);
            child.IsMember = true;
        }
    }
}
