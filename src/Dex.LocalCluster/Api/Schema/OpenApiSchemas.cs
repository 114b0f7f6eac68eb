using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>The types a document needs, written once each.</summary>
sealed class OpenApiSchemas
{
    public const string Prefix = "#/components/schemas/";
    public const string KindKey = "x-kubernetes-group-version-kind";

    public JsonObject Definitions { get; } = [];

    /// <summary>Adds a struct and what it refers to.</summary>
    public string Add(TypeSchema type)
    {
        var name = type.Definition!;
        if (Definitions.ContainsKey(name))
            return name;
        var schema = new JsonObject { ["type"] = "object" };
        Definitions[name] = schema;
        var properties = new JsonObject();
        foreach (var field in type.Fields)
            properties[field.Name] = Property(field);
        if (properties.Count > 0)
            schema["properties"] = properties;
        if (type.Fields.Where(f => f.IsRequired).Select(f => (JsonNode)f.Name).ToArray() is { Length: > 0 } required)
            schema["required"] = new JsonArray(required);
        if (type.IsAtomic)
            schema["x-kubernetes-map-type"] = "atomic";
        return name;
    }

    /// <summary>Adds a custom resource: the definition's schema with an object's metadata.</summary>
    public string AddCustom(ResourceType type, CustomType custom)
    {
        var name = $"{string.Join('.', type.Group.Split('.').Reverse())}.{type.Version}.{type.Kind}";
        var schema = custom.OpenApiSchema.Copy();
        var properties = schema.Child("properties");
        properties["apiVersion"] = new JsonObject { ["type"] = "string" };
        properties["kind"] = new JsonObject { ["type"] = "string" };
        properties["metadata"] = Reference(Add(Schemas.ObjectMeta));
        Definitions[name] = schema;
        return name;
    }

    JsonObject Property(SchemaField field)
    {
        var schema = Of(field.Type);
        if (field.Default is { } initial)
            schema["default"] = initial.DeepClone();
        if (field.MergeKey.Length > 0)
            schema["x-kubernetes-patch-merge-key"] = field.MergeKey;
        if (field.Merges || field.RetainsKeys)
            schema["x-kubernetes-patch-strategy"] = (field.Merges, field.RetainsKeys) switch { (true, true) => "merge,retainKeys", (true, _) => "merge", _ => "retainKeys" };
        return schema;
    }

    JsonObject Of(TypeSchema type)
    {
        switch (type.Kind)
        {
            case SchemaKind.Struct: return Reference(Add(type));
            case SchemaKind.Map:
                var map = new JsonObject { ["type"] = "object", ["additionalProperties"] = Of(type.Element!) };
                if (type.IsAtomic)
                    map["x-kubernetes-map-type"] = "atomic";
                return map;
            case SchemaKind.List:
                var list = new JsonObject { ["type"] = "array", ["items"] = Of(type.Element!) };
                if (type.DeclaresListType)
                    list["x-kubernetes-list-type"] = type.ListType.ToString().ToLowerInvariant();
                if (type.Keys.Count > 0)
                    list["x-kubernetes-list-map-keys"] = new JsonArray([.. type.Keys.Select(k => (JsonNode)k)]);
                return list;
            case SchemaKind.String: return new() { ["type"] = "string" };
            case SchemaKind.Bytes: return new() { ["type"] = "string", ["format"] = "byte" };
            case SchemaKind.Integer: return new() { ["type"] = "integer", ["format"] = type.Bits == 32 ? "int32" : "int64" };
            case SchemaKind.Number: return new() { ["type"] = "number", ["format"] = "double" };
            case SchemaKind.Boolean: return new() { ["type"] = "boolean" };
            default: return Named(type);
        }
    }

    // Types with a JSON form of their own are documented under their name.
    JsonObject Named(TypeSchema type)
    {
        Definitions[type.Definition!] ??= type.Kind switch
        {
            SchemaKind.Time or SchemaKind.MicroTime => new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            SchemaKind.Duration => new JsonObject { ["type"] = "string" },
            SchemaKind.Quantity => new JsonObject { ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "string" }, new JsonObject { ["type"] = "number" }) },
            SchemaKind.IntOrString => new JsonObject { ["format"] = "int-or-string", ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" }) },
            _ when type.Definition!.Contains("JSON", StringComparison.Ordinal) => new JsonObject(),
            _ => new JsonObject { ["type"] = "object" },
        };
        return Reference(type.Definition!);
    }

    // Beside a reference OpenAPI allows nothing else, hence allOf.
    static JsonObject Reference(string name) => new() { ["allOf"] = new JsonArray(new JsonObject { ["$ref"] = Prefix + name }) };
}
