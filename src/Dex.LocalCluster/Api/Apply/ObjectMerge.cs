using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Apply;

/// <summary>Puts an applied configuration over an object, and takes fields out of one.</summary>
static class ObjectMerge
{
    /// <summary>What <paramref name="config"/> names has its value, the rest stays.</summary>
    public static JsonObject Merge(TypeSchema schema, JsonObject live, JsonObject config) => Fields(schema, live, config);

    static JsonNode? Visit(TypeSchema? schema, JsonNode? live, JsonNode? config) => Shapes.Of(schema, live, config) switch
    {
        NodeShape.Fields when live is JsonObject a && config is JsonObject b => Fields(schema, a, b),
        NodeShape.Items when live is JsonArray a && config is JsonArray b => Items(schema!, a, b),
        _ => config?.DeepClone(),
    };

    static JsonObject Fields(TypeSchema? schema, JsonObject live, JsonObject config)
    {
        var merged = new JsonObject();
        foreach (var (name, value) in live)
            merged[name] = config.TryGetPropertyValue(name, out var wanted) ? Visit(Shapes.Child(schema, name), value, wanted) : value?.DeepClone();
        foreach (var (name, value) in config)
        {
            if (!live.ContainsKey(name))
                merged[name] = value?.DeepClone();
        }
        return merged;
    }

    /// <summary>The configuration's order where both have an item; live items keep their place among their neighbours.</summary>
    static JsonArray Items(TypeSchema schema, JsonArray live, JsonArray config)
    {
        var liveElements = live.Select(i => PathElement.Item(schema, i)).ToList();
        var configElements = config.Select(i => PathElement.Item(schema, i)).ToList();
        var liveIndex = ListIndex.Of(schema, live);
        var inConfig = configElements.ToHashSet(StringComparer.Ordinal);
        var shared = new Queue<string>(configElements.Where(liveIndex.ContainsKey));
        var merged = new JsonArray();
        void TakeConfig(int index)
        {
            var element = configElements[index];
            merged.Add(Visit(schema.Element, liveIndex.TryGetValue(element, out var same) ? same[0] : null, config[index]));
            if (shared.TryPeek(out var next) && next == element)
                shared.Dequeue();
        }
        for (int l = 0, c = 0; l < live.Count || c < config.Count;)
        {
            if (l < live.Count && c < config.Count && liveElements[l] == configElements[c])
            {
                TakeConfig(c++);
                l++;
            }
            else if (l < live.Count && inConfig.Contains(liveElements[l]) && (c >= config.Count || (shared.TryPeek(out var next) && next != liveElements[l])))
            {
                l++;
            }
            else if (l < live.Count && !inConfig.Contains(liveElements[l]))
            {
                merged.Add(live[l++]?.DeepClone());
            }
            else
            {
                TakeConfig(c++);
            }
        }
        return merged;
    }

    /// <summary>Removes the members of <paramref name="removed"/> with all below them.</summary>
    public static void Remove(TypeSchema? schema, JsonNode? node, FieldSet removed)
    {
        switch (Shapes.Of(schema, node, null))
        {
            case NodeShape.Fields when node is JsonObject fields:
                RemoveFields(schema, fields, removed);
                break;
            case NodeShape.Items when node is JsonArray items:
                RemoveItems(schema!, items, removed);
                break;
        }
    }

    static void RemoveFields(TypeSchema? schema, JsonObject fields, FieldSet removed)
    {
        foreach (var (element, below) in removed.Children)
        {
            if (!PathElement.IsField(element) || !fields.TryGetPropertyValue(element[2..], out var value))
                continue;
            if (!below.IsMember)
                Remove(Shapes.Child(schema, element[2..]), value, below);
            if (below.IsMember || (value is JsonObject { Count: 0 } or JsonArray { Count: 0 } && below.Children.Count > 0))
                fields.Remove(element[2..]);
        }
    }

    static void RemoveItems(TypeSchema schema, JsonArray items, FieldSet removed)
    {
        for (var i = items.Count - 1; i >= 0; i--)
        {
            if (removed.Find(PathElement.Item(schema, items[i])) is not { } below)
                continue;
            if (below.IsMember)
                items.RemoveAt(i);
            else
                Remove(schema.Element, items[i], below);
        }
    }
}
