using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Apply;

/// <summary>How server-side apply sees a value.</summary>
enum NodeShape
{
    /// <summary>Owned as a whole.</summary>
    Leaf,

    /// <summary>Owned field by field.</summary>
    Fields,

    /// <summary>A list owned item by item.</summary>
    Items,
}

static class Shapes
{
    /// <summary>The shape of a place whose values are <paramref name="a"/> and <paramref name="b"/>; null accepts any shape.</summary>
    public static NodeShape Of(TypeSchema? schema, JsonNode? a, JsonNode? b)
    {
        switch (schema?.Kind)
        {
            case SchemaKind.Struct or SchemaKind.Map:
                return !schema.IsAtomic && a is null or JsonObject && b is null or JsonObject ? NodeShape.Fields : NodeShape.Leaf;
            case SchemaKind.List:
                return schema.ListType != ListType.Atomic && !schema.IsAtomic && a is null or JsonArray && b is null or JsonArray ? NodeShape.Items : NodeShape.Leaf;
            case null:
                return Deduced(a, b);
            case SchemaKind.Any when schema.PreserveUnknown:
                return Deduced(a, b);
            default:
                return NodeShape.Leaf;
        }
    }

    // Where nothing is declared, objects are granular and lists atomic.
    static NodeShape Deduced(JsonNode? a, JsonNode? b) =>
        (a ?? b) is JsonObject && a is null or JsonObject && b is null or JsonObject ? NodeShape.Fields : NodeShape.Leaf;

    public static TypeSchema? Child(TypeSchema? schema, string name) => schema?.Child(name);

    /// <summary>Whether the field is declared by a struct, as opposed to being an entry of a map.</summary>
    public static bool IsDeclared(TypeSchema? schema, string name) => schema is { Kind: SchemaKind.Struct } && schema.Field(name) is not null;
}
