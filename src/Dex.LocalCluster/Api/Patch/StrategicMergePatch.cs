using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Patch;

/// <summary>
/// Kubernetes' strategic merge patch: a merge patch that merges lists by key, with the directives <c>$patch</c>,
/// <c>$retainKeys</c>, <c>$setElementOrder/x</c> and <c>$deleteFromPrimitiveList/x</c>.
/// </summary>
static class StrategicMergePatch
{
    const string Directive = "$patch", RetainKeys = "$retainKeys", Order = "$setElementOrder/", DeleteFrom = "$deleteFromPrimitiveList/";

    public static JsonObject Apply(TypeSchema schema, JsonObject original, JsonObject patch) => MergeMap(schema, original, patch);

    static JsonObject MergeMap(TypeSchema? schema, JsonObject original, JsonObject patch)
    {
        switch (patch.Text(Directive))
        {
            case "replace":
                return Clean(patch);
            case "delete":
                return [];
            case null or "merge":
                break;
            default:
                throw ApiErrors.BadRequest($"Unrecognized patch type: {patch.Text(Directive)}");
        }
        if (patch[RetainKeys] is JsonArray retained)
        {
            foreach (var name in original.Select(p => p.Key).Where(k => !retained.Any(r => r?.ToString() == k)).ToList())
                original.Remove(name);
        }
        foreach (var (name, value) in patch)
        {
            if (!name.StartsWith('$'))
                MergeField(schema, original, patch, name, value);
        }
        ApplyListDirectives(schema, original, patch);
        return original;
    }

    static void MergeField(TypeSchema? schema, JsonObject original, JsonObject patch, string name, JsonNode? value)
    {
        var field = schema is { Kind: SchemaKind.Struct } ? schema.Field(name) : null;
        var child = schema?.Child(name);
        switch (value)
        {
            case null:
                original.Remove(name);
                break;
            case JsonObject nested when nested.Text(Directive) == "delete":
                original.Remove(name);
                break;
            case JsonObject nested when child is not { IsScalar: true }:
                var before = Detach(original, name) as JsonObject ?? [];
                original[name] = MergeMap(child, before, nested);
                break;
            case JsonArray list when field is { Merges: true }:
                var order = patch[Order + name] as JsonArray;
                original[name] = MergeList(field, Detach(original, name) as JsonArray ?? [], list, order);
                break;
            case JsonArray list:
                original[name] = CleanList(list);
                break;
            default:
                original[name] = value.DeepClone();
                break;
        }
    }

    /// <summary>Directives on lists that the patch does not name otherwise.</summary>
    static void ApplyListDirectives(TypeSchema? schema, JsonObject original, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (name.StartsWith(DeleteFrom, StringComparison.Ordinal) && value is JsonArray gone && original[name[DeleteFrom.Length..]] is JsonArray list)
            {
                for (var i = list.Count - 1; i >= 0; i--)
                {
                    if (gone.Any(g => JsonNode.DeepEquals(g, list[i])))
                        list.RemoveAt(i);
                }
            }
            if (name.StartsWith(Order, StringComparison.Ordinal) && value is JsonArray order && name[Order.Length..] is var target
                && !patch.ContainsKey(target) && original[target] is JsonArray reordered && schema?.Field(target) is { } field)
                original[target] = Sorted(field, [.. reordered.Select(i => KeyOf(field, i))], reordered, order);
        }
    }

    static JsonArray MergeList(SchemaField field, JsonArray original, JsonArray patch, JsonArray? order)
    {
        if (patch.OfType<JsonObject>().Any(p => p.Text(Directive) == "replace"))
            return CleanList(new JsonArray([.. patch.Where(p => (p as JsonObject)?.Text(Directive) != "replace").Select(p => p?.DeepClone())]));
        var before = original.Select(i => KeyOf(field, i)).ToList();
        if (field.MergeKey.Length == 0)
            return Sorted(field, before, MergePrimitives(original, patch), order ?? patch);
        foreach (var item in patch.OfType<JsonObject>())
            MergeItem(field, original, item);
        return Sorted(field, before, original, order ?? patch);
    }

    static JsonArray MergePrimitives(JsonArray original, JsonArray patch)
    {
        foreach (var item in patch)
        {
            if (!original.Any(o => JsonNode.DeepEquals(o, item)))
                original.Add(item?.DeepClone());
        }
        return original;
    }

    static void MergeItem(SchemaField field, JsonArray original, JsonObject item)
    {
        var key = item[field.MergeKey] ?? throw ApiErrors.BadRequest($"map: {item.ToJsonString()} does not contain declared merge key: {field.MergeKey}");
        var index = IndexOf(original, field.MergeKey, key);
        switch (item.Text(Directive))
        {
            case "delete":
                for (; index >= 0; index = IndexOf(original, field.MergeKey, key))
                    original.RemoveAt(index);
                break;
            case var _ when index < 0:
                original.Add((JsonNode)MergeMap(field.Type.Element, [], item));
                break;
            default:
                var before = (JsonObject)original[index]!;
                original.RemoveAt(index);
                original.Insert(index, MergeMap(field.Type.Element, before, item));
                break;
        }
    }

    static int IndexOf(JsonArray list, string mergeKey, JsonNode key)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is JsonObject item && JsonNode.DeepEquals(item[mergeKey], key))
                return i;
        }
        return -1;
    }

    /// <summary>
    /// The named items in the order asked for; the others keep theirs, each in front of the first named one that it stood in front of.
    /// So a new item comes first unless <c>$setElementOrder</c> puts it elsewhere, as the API server has it.
    /// </summary>
    /// <param name="field">The list's field.</param>
    /// <param name="before">The keys of the list before the patch.</param>
    /// <param name="merged">The patched list, in any order.</param>
    /// <param name="order">The patch's own items or its <c>$setElementOrder</c>.</param>
    static JsonArray Sorted(SchemaField field, List<string> before, JsonArray merged, JsonArray order)
    {
        var wanted = order.Select(i => KeyOf(field, i)).ToList();
        var items = merged.Select(i => (Key: KeyOf(field, i), Item: i?.DeepClone())).ToList();
        var named = new Queue<(string Key, JsonNode? Item)>(items.Where(i => wanted.Contains(i.Key)).OrderBy(i => wanted.IndexOf(i.Key)));
        var result = new JsonArray();
        foreach (var other in items.Where(i => !wanted.Contains(i.Key)).OrderBy(i => before.IndexOf(i.Key)))
        {
            while (named.TryPeek(out var next) && before.IndexOf(next.Key) < before.IndexOf(other.Key))
                result.Add(named.Dequeue().Item);
            result.Add(other.Item);
        }
        foreach (var (_, item) in named)
            result.Add(item);
        return result;
    }

    static string KeyOf(SchemaField field, JsonNode? item) => (field.MergeKey.Length > 0 ? (item as JsonObject)?[field.MergeKey] : item)?.ToJsonString() ?? "";

    static JsonNode? Detach(JsonObject parent, string name)
    {
        var node = parent[name];
        parent.Remove(name);
        return node;
    }

    static JsonObject Clean(JsonObject patch)
    {
        var result = new JsonObject();
        foreach (var (name, value) in patch)
        {
            if (!name.StartsWith('$') && value is not null)
                result[name] = value switch { JsonObject nested => Clean(nested), JsonArray list => CleanList(list), _ => value.DeepClone() };
        }
        return result;
    }

    static JsonArray CleanList(JsonArray list) => new([.. list.Select(i => i is JsonObject item ? Clean(item) : i?.DeepClone())]);
}
