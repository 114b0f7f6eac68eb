namespace Dex.LocalCluster.Api.Schema;

/// <summary>A structural schema as the shape that server-side apply walks.</summary>
static class CustomSchema
{
    static readonly TypeSchema Text = new(SchemaKind.String, "string");

    public static TypeSchema Of(StructuralSchema node, bool isObject = false)
    {
        if (node.IsIntOrString)
            return new(SchemaKind.IntOrString, "intstr.IntOrString");
        switch (node.Type)
        {
            case "string": return Text;
            case "integer": return new(SchemaKind.Integer, "int64") { Bits = 64 };
            case "number": return new(SchemaKind.Number, "float64");
            case "boolean": return new(SchemaKind.Boolean, "bool");
            case "array":
                var listType = node.ListType switch { "set" => ListType.Set, "map" => ListType.Map, _ => ListType.Atomic };
                return new(SchemaKind.List, "[]interface {}")
                {
                    Element = node.Items is { } items ? Of(items) : new(SchemaKind.Any, "interface {}"),
                    ListType = listType,
                    Keys = node.ListMapKeys,
                    IsAtomic = listType == ListType.Atomic,
                };
        }

        if (node.Additional is { } additional)
            return new(SchemaKind.Map, "map[string]interface {}") { Element = Of(additional), IsAtomic = node.IsAtomicMap };
        if (!isObject && !node.IsEmbeddedResource && node.Properties.Count == 0)
            return new(SchemaKind.Any, "interface {}") { IsAtomic = node.IsAtomicMap, PreserveUnknown = true };
        return new(SchemaKind.Struct, "map[string]interface {}", () => Fields(node, isObject || node.IsEmbeddedResource))
        {
            IsAtomic = node.IsAtomicMap,
            PreserveUnknown = node.PreservesUnknown || node.AllowsAnyKey,
        };
    }

    static List<SchemaField> Fields(StructuralSchema node, bool isObject)
    {
        var fields = new List<SchemaField>();
        if (isObject)
        {
            fields.Add(new() { Name = "apiVersion", Type = Text });
            fields.Add(new() { Name = "kind", Type = Text });
            fields.Add(new() { Name = "metadata", Type = Schemas.ObjectMeta });
        }

        foreach (var (name, schema) in node.Properties)
        {
            if (!isObject || name is not ("apiVersion" or "kind" or "metadata"))
                fields.Add(new() { Name = name, Type = Of(schema), IsPointer = true, OmitEmpty = true, IsRequired = node.Required.Contains(name), Default = schema.Default });
        }

        return fields;
    }
}
