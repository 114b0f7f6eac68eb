using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Pruning and defaulting by a structural schema.</summary>
static class CustomPruning
{
    public static JsonObject Prune(StructuralSchema root, JsonObject value, List<string>? unknown)
    {
        var result = Object(root, value, "", unknown, isResource: true);
        return result;
    }

    static JsonNode? Value(StructuralSchema schema, JsonNode? value, string path, List<string>? unknown) => value switch
    {
        JsonObject map => Object(schema, map, path, unknown, schema.IsEmbeddedResource),
        JsonArray list => List(schema, list, path, unknown),
        _ => value?.DeepClone(),
    };

    static JsonArray List(StructuralSchema schema, JsonArray value, string path, List<string>? unknown)
    {
        var list = new JsonArray();
        for (var i = 0; i < value.Count; i++)
            list.Add(schema.Items is { } items ? Value(items, value[i], $"{path}[{i}]", unknown) : value[i]?.DeepClone());
        return list;
    }

    static JsonObject Object(StructuralSchema schema, JsonObject value, string path, List<string>? unknown, bool isResource)
    {
        var result = new JsonObject();
        foreach (var (name, item) in value)
        {
            var at = path.Length == 0 ? name : $"{path}.{name}";
            if (isResource && name is "apiVersion" or "kind" && isResource)
                result[name] = item?.DeepClone();
            else if (isResource && name == "metadata")
                result[name] = item is JsonObject metadata ? Metadata(metadata, at, unknown) : item?.DeepClone();
            else if ((schema.Property(name) ?? schema.Additional) is { } child)
                result[name] = Value(child, item, at, unknown);
            else if (schema.PreservesUnknown || schema.AllowsAnyKey)
                result[name] = item?.DeepClone();
            else
                unknown?.Add($"unknown field \"{at}\"");
        }

        return result;
    }

    static JsonObject Metadata(JsonObject value, string path, List<string>? unknown)
    {
        var found = unknown is null ? null : new List<string>();
        var metadata = Conversion.Convert(Schemas.ObjectMeta, value, found);
        unknown?.AddRange(found!.Select(f => f.Replace("unknown field \"", $"unknown field \"{path}.", StringComparison.Ordinal)));
        // Unlike a built-in type's, absent means absent here.
        if (metadata["creationTimestamp"] is null)
            metadata.Remove("creationTimestamp");
        return metadata;
    }

    public static void Default(StructuralSchema schema, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject map:
                foreach (var (name, child) in schema.Properties)
                {
                    var present = map.TryGetPropertyValue(name, out var item);
                    if (child.Default is { } initial && (!present || (item is null && !child.IsNullable)))
                        map[name] = initial.DeepClone();
                    else if (present && item is null && !child.IsNullable)
                        map.Remove(name);
                    Default(child, map[name]);
                }

                if (schema.Additional is { } additional)
                {
                    foreach (var (_, item) in map)
                        Default(additional, item);
                }

                break;
            case JsonArray list when schema.Items is { } items:
                foreach (var item in list)
                    Default(items, item);
                break;
        }
    }
}
