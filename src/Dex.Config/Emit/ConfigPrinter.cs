using System.Globalization;
using System.Text.Json.Nodes;

namespace Dex.Config;

/// <summary>Typed values as JSON that a person may see.</summary>
sealed class ConfigPrinter(Resolution resolution, bool compute)
{
    public async Task<JsonObject> RecordAsync(RecordSchema schema, object record, MergedNode? node, CancellationToken cancellationToken)
    {
        var result = new JsonObject();
        foreach (var property in schema.Properties)
        {
            if (property.IsIdentity) continue;
            var value = property.Info.GetValue(record);
            if (value is not null && !IsEmpty(value)) result[property.Key] = await ValueAsync(property.Schema, value, node?.Find(property.Key), cancellationToken);
        }

        return result;
    }

    static bool IsEmpty(object value) => value is System.Collections.ICollection { Count: 0 } or System.Collections.IEnumerable and not string and not JsonNode && !((System.Collections.IEnumerable)value).GetEnumerator().MoveNext();

    async Task<JsonNode?> ValueAsync(ValueSchema schema, object? value, MergedNode? node, CancellationToken cancellationToken)
    {
        if (node is { IsTemplate: true } and not { Schema: DynamicSchema } && !resolution.Known.ContainsKey(node)) return node.Scalar!.Text;
        if (value is IDynamic dynamic)
        {
            if (!dynamic.IsConstant && !compute) return dynamic.Expression;
            value = dynamic.IsConstant ? dynamic.Constant : await dynamic.GetValueAsync(cancellationToken);
        }

        switch (schema.Unwrapped)
        {
            case RecordSchema record when value is not null:
                if (record.Union is not { } union) return await RecordAsync(record, value, node, cancellationToken);
                var (name, concrete) = union.Cases.First(c => c.Case.Type == value.GetType());
                var json = await RecordAsync(concrete, value, node, cancellationToken);
                json.Insert(0, union.Discriminator, name);
                return json;
            case MapSchema map:
                var result = new JsonObject();
                if (value is INamedMap names)
                {
                    foreach (var key in names.Keys) result[key] = await ValueAsync(map.Item, names.ValueAt(result.Count), node?.Find(key), cancellationToken);
                }
                else
                {
                    foreach (System.Collections.DictionaryEntry entry in (System.Collections.IDictionary)value!) result[(string)entry.Key] = await ValueAsync(map.Item, entry.Value, null, cancellationToken);
                }

                return result;
            case ListSchema list:
                var array = new JsonArray();
                foreach (var item in (System.Collections.IEnumerable)value!) array.Add(await ValueAsync(list.Item, item, node?.Find($"{array.Count}"), cancellationToken));
                return array;
            case ScalarSchema { Kind: ScalarKind.Choice } choice:
                return choice.Choices.FirstOrDefault(c => c.Value.Equals(value))?.Name;
            default:
                return Leaf(value);
        }
    }

    static JsonNode? Leaf(object? value) => value switch
    {
        null => null,
        JsonNode json => json.DeepClone(),
        bool flag => JsonValue.Create(flag),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        double number => JsonValue.Create(number),
        decimal number => JsonValue.Create(number),
        TimeSpan span => new Duration(span).ToString(),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
