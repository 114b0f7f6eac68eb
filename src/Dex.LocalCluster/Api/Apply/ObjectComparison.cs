using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Apply;

/// <summary>Which fields differ between two states of an object.</summary>
sealed class ObjectComparison
{
    public FieldSet Added { get; } = new();
    public FieldSet Modified { get; } = new();
    public FieldSet Removed { get; } = new();

    public static ObjectComparison Between(TypeSchema schema, JsonObject before, JsonObject after)
    {
        var comparison = new ObjectComparison();
        comparison.Fields(Cursor.At(comparison), schema, before, after);
        return comparison;
    }

    void Visit(Cursor at, TypeSchema? schema, bool hasBefore, JsonNode? before, bool hasAfter, JsonNode? after)
    {
        var shape = Shapes.Of(schema, before, after);
        if (shape == NodeShape.Leaf || (IsEmpty(before) && IsEmpty(after)))
        {
            Leaf(at, hasBefore, before, hasAfter, after);
            return;
        }
        if (shape == NodeShape.Fields)
            Fields(at, schema, before as JsonObject, after as JsonObject);
        else
            Items(at, schema!, before as JsonArray, after as JsonArray);
        if (!hasBefore)
            at.Added.IsMember = true;
        else if (!hasAfter)
            at.Removed.IsMember = true;
    }

    static void Leaf(Cursor at, bool hasBefore, JsonNode? before, bool hasAfter, JsonNode? after)
    {
        if (!hasBefore)
            at.Added.IsMember = true;
        else if (!hasAfter)
            at.Removed.IsMember = true;
        else if (!JsonNode.DeepEquals(before, after))
            at.Modified.IsMember = true;
    }

    void Fields(Cursor at, TypeSchema? schema, JsonObject? before, JsonObject? after)
    {
        before ??= [];
        after ??= [];
        foreach (var (name, value) in before)
        {
            var hasAfter = after.TryGetPropertyValue(name, out var next);
            // Most of an object is the same on both sides; comparing once here saves walking it.
            if (hasAfter && JsonNode.DeepEquals(value, next))
                continue;
            Visit(at.Step(PathElement.Field(name)), Shapes.Child(schema, name), true, value, hasAfter, next);
        }
        foreach (var (name, value) in after)
        {
            if (!before.ContainsKey(name))
                Visit(at.Step(PathElement.Field(name)), Shapes.Child(schema, name), false, null, true, value);
        }
    }

    void Items(Cursor at, TypeSchema schema, JsonArray? before, JsonArray? after)
    {
        var old = ListIndex.Of(schema, before);
        var now = ListIndex.Of(schema, after);
        foreach (var (element, item) in old)
        {
            var hasAfter = now.TryGetValue(element, out var next);
            Item(at.Step(element), schema, true, item, hasAfter, next);
        }
        foreach (var (element, item) in now)
        {
            if (!old.ContainsKey(element))
                Item(at.Step(element), schema, false, null, true, item);
        }
    }

    void Item(Cursor at, TypeSchema schema, bool hasBefore, List<JsonNode?>? before, bool hasAfter, List<JsonNode?>? after)
    {
        if (before?.Count > 1 || after?.Count > 1)
        {
            // Duplicates have no identity of their own; they are compared together.
            Leaf(at, hasBefore, Together(before), hasAfter, Together(after));
            return;
        }
        Visit(at, schema.Element, hasBefore, before?[0], hasAfter, after?[0]);
    }

    static JsonArray? Together(List<JsonNode?>? items) => items is null ? null : new JsonArray([.. items.Select(i => i?.DeepClone())]);

    static bool IsEmpty(JsonNode? node) => node is null or JsonObject { Count: 0 } or JsonArray { Count: 0 };

    /// <summary>The same place in all three sets.</summary>
    readonly record struct Cursor(FieldSet Added, FieldSet Modified, FieldSet Removed)
    {
        public static Cursor At(ObjectComparison comparison) => new(comparison.Added, comparison.Modified, comparison.Removed);

        public Cursor Step(string element) => new(Added.At(element), Modified.At(element), Removed.At(element));
    }
}
