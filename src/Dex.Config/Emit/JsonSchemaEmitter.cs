using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>
/// Writes the schema as JSON Schema draft-07 for editors. Every record has two definitions: the full one, and the overlay for environments, in which
/// nothing is required, null removes, and <c>k+</c> and <c>k!</c> are allowed.
/// </summary>
sealed class JsonSchemaEmitter(SchemaModel model)
{
    /// <summary>Text that holds an expression.</summary>
    const string ExpressionPattern = @"\$\{\{[\s\S]*\}\}";

    readonly JsonObject _definitions = [];

    public JsonObject Emit()
    {
        var root = Record(model.Root, overlay: false, named: false);
        var properties = (JsonObject)root["properties"]!;
        properties.Insert(0, "dex", new JsonObject { ["const"] = SchemaModel.Version, ["description"] = "The version of the file format." });
        properties.Insert(1, "imports", new JsonObject
        {
            ["type"] = "array",
            ["items"] = new JsonObject { ["type"] = "string" },
            ["description"] = "Files whose content lies below this one's, as paths relative to this file.",
        });
        properties["environments"] = Environments();
        // What is required may be supplied by each environment, so the root as a whole requires nothing but its version.
        root["required"] = new JsonArray("dex");
        root.Insert(0, "$schema", "http://json-schema.org/draft-07/schema#");
        root.Insert(1, "title", model.Root.Name);
        root["definitions"] = _definitions;
        return root;
    }

    JsonObject Environments()
    {
        var overlay = Record(model.Root, overlay: true, named: true);
        _definitions["environment"] = overlay;
        return new JsonObject
        {
            ["type"] = "object",
            ["description"] = "Environments by name. Each is laid over the root of the file; `pr-{number}` stands for many names.",
            ["additionalProperties"] = new JsonObject { ["$ref"] = "#/definitions/environment" },
        };
    }

    JsonObject Record(RecordSchema record, bool overlay, bool named)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var property in record.Properties.Where(p => !p.IsIdentity)) Property(record, property, overlay, properties, required);
        if (named)
        {
            properties["extends"] = new JsonObject
            {
                ["description"] = "Others whose values lie below these; later ones win.",
                ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "string" }, new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" } }),
            };
            properties["abstract"] = new JsonObject { ["type"] = "boolean", ["description"] = "Only there to be extended." };
        }

        var result = new JsonObject { ["type"] = "object", ["additionalProperties"] = false };
        if (DocComments.Of(record.Type) is { } summary) result["description"] = summary;
        result["properties"] = properties;
        if (required.Count > 0 && !overlay) result["required"] = required;
        return result;
    }

    void Property(RecordSchema record, PropertySchema property, bool overlay, JsonObject properties, JsonArray required)
    {
        // A record in a map may inherit or be laid over, so only what stands alone can be required.
        if (property.IsRequired) required.Add(property.Key);
        properties[property.Key] = Described(record, property, overlay);
        if (property.Schema.Unwrapped is ListSchema) properties[$"{property.Key}+"] = Operator(record, property, "Appends to");
        if (property.Schema.Unwrapped is MapSchema or RecordSchema) properties[$"{property.Key}!"] = Operator(record, property, "Replaces");
        foreach (var rename in property.Renames)
        {
            var until = rename.RemovedIn is null ? "" : $" It stops working in {rename.RemovedIn}.";
            properties[rename.OldName] = new JsonObject { ["deprecationMessage"] = $"Now `{property.Key}`.{until}", ["description"] = $"The old name of `{property.Key}`." };
        }
    }

    JsonObject Operator(RecordSchema record, PropertySchema property, string verb)
    {
        var result = Described(record, property, overlay: false);
        result["description"] = $"{verb} what lower layers set. {DocComments.Of(property.Info)}".TrimEnd();
        result.Remove("default");
        return result;
    }

    JsonObject Described(RecordSchema record, PropertySchema property, bool overlay)
    {
        var result = Value(property.Schema, property.Constraints, overlay, nullable: overlay);
        if (result.ContainsKey("$ref")) result = new JsonObject { ["allOf"] = new JsonArray(result) };
        if (DocComments.Of(property.Info) is { } summary) result["description"] = summary;
        if (!overlay && DefaultOf(record, property) is { } value) result["default"] = value;
        if (property.Constraints.Examples.Count > 0) result["examples"] = new JsonArray([.. property.Constraints.Examples.Select(Example)]);
        return result;
    }

    static JsonNode? Example(string yaml) => YamlJson.ToCoreJson(YamlParser.Parse("example", System.Text.Encoding.UTF8.GetBytes(yaml)).Root!);

    static JsonNode? DefaultOf(RecordSchema record, PropertySchema property) =>
        property.Schema.Unwrapped is not ScalarSchema scalar || Provenance.DefaultText(record.Default(property)) is not { } text ? null
        : scalar.Kind is ScalarKind.Whole && long.TryParse(text, out var whole) ? whole
        : scalar.Kind is ScalarKind.Boolean ? text == "true"
        : JsonValue.Create(text);

    JsonObject Value(ValueSchema schema, Constraints limits, bool overlay, bool nullable)
    {
        switch (schema.Unwrapped)
        {
            case ScalarSchema scalar:
                return Scalar(scalar, limits, nullable);
            case ListSchema list:
                return new JsonObject { ["type"] = Types("array", nullable), ["items"] = Value(list.Item, limits, overlay: false, nullable: false) };
            case MapSchema map:
                // Its entries may be laid over and inherit from each other, wherever the map stands: each may be incomplete by itself.
                var result = new JsonObject { ["type"] = Types("object", nullable), ["additionalProperties"] = Named(map, limits) };
                if (limits.KeyPattern is { } keys) result["propertyNames"] = new JsonObject { ["pattern"] = $"^({keys.Regex})[+!]?$" };
                return result;
            case RecordSchema record:
                return Nullable(Reference(record, overlay, named: false), nullable);
            default:
                return schema.Type.Name switch
                {
                    "JsonObject" => new JsonObject { ["type"] = Types("object", nullable) },
                    "JsonArray" => new JsonObject { ["type"] = Types("array", nullable) },
                    _ => [],
                };
        }
    }

    JsonObject Named(MapSchema map, Constraints limits) => map.Item.Unwrapped is RecordSchema record
        ? Nullable(Reference(record, overlay: true, named: true), nullable: true)
        : Value(map.Item, limits, overlay: true, nullable: true);

    static JsonObject Nullable(JsonObject schema, bool nullable) =>
        nullable ? new JsonObject { ["anyOf"] = new JsonArray(schema, new JsonObject { ["type"] = "null" }) } : schema;

    JsonObject Reference(RecordSchema record, bool overlay, bool named)
    {
        var name = record.Name + (named ? ".named" : overlay ? ".overlay" : "");
        if (!_definitions.ContainsKey(name))
        {
            // Held open first: records may contain themselves.
            _definitions[name] = new JsonObject();
            var definition = record.Union is { } union ? Union(record, union, overlay, named) : Record(record, overlay, named);
            _definitions[name] = record.Shorthand is { } shorthand
                ? new JsonObject { ["anyOf"] = new JsonArray(definition, Value(shorthand.Schema, shorthand.Constraints, overlay: false, nullable: false)) }
                : definition;
        }

        return new JsonObject { ["$ref"] = $"#/definitions/{name}" };
    }

    /// <summary>One flat record with the keys of all cases; <c>if</c> the discriminator names a case, <c>then</c> only that case's keys.</summary>
    JsonObject Union(RecordSchema record, UnionSchema union, bool overlay, bool named)
    {
        var discriminator = new JsonObject { ["enum"] = new JsonArray([.. union.Cases.Select(c => (JsonNode)c.Name)]), ["description"] = DocComments.Of(record.Type) ?? "Which kind it is." };
        var properties = new JsonObject { [union.Discriminator] = discriminator };
        var branches = new JsonArray();
        foreach (var (name, schema) in union.Cases)
        {
            var branch = Record(schema, overlay, named);
            var keys = (JsonObject)branch["properties"]!;
            keys.Insert(0, union.Discriminator, new JsonObject { ["const"] = name });
            foreach (var (key, value) in keys.ToList())
            {
                if (!properties.ContainsKey(key)) properties[key] = value!.DeepClone();
            }

            branches.Add(new JsonObject
            {
                ["if"] = new JsonObject { ["properties"] = new JsonObject { [union.Discriminator] = new JsonObject { ["const"] = name } }, ["required"] = new JsonArray(union.Discriminator) },
                ["then"] = branch,
            });
        }

        var result = new JsonObject { ["type"] = "object", ["properties"] = properties, ["allOf"] = branches };
        if (!overlay) result["required"] = new JsonArray(union.Discriminator);
        return result;
    }

    static JsonNode Types(string type, bool nullable) => nullable ? new JsonArray(type, "null") : type;

    static JsonObject Scalar(ScalarSchema scalar, Constraints limits, bool nullable)
    {
        var result = scalar.Kind switch
        {
            ScalarKind.Text => Text(limits),
            ScalarKind.Whole or ScalarKind.Number => Number(scalar, limits),
            ScalarKind.Boolean => new JsonObject { ["type"] = new JsonArray("boolean", "string"), ["pattern"] = ExpressionPattern, ["patternErrorMessage"] = "must be true or false, or an expression ${{ … }}" },
            ScalarKind.Choice => Choice(scalar),
            ScalarKind.Size => new JsonObject { ["type"] = new JsonArray("string", "integer"), ["pattern"] = $@"^[0-9.]+(Ki|Mi|Gi|Ti|Pi|k|M|G|T|P)?$|{ExpressionPattern}", ["patternErrorMessage"] = "must be a size such as 512Mi" },
            _ => new JsonObject { ["type"] = "string", ["pattern"] = $@"^([0-9.]+(ms|s|m|h|d|w))+$|{ExpressionPattern}", ["patternErrorMessage"] = "must be a duration such as 30s or 1h30m" },
        };
        if (limits.AnyOf is { } any) result = OneOf(any);
        if (nullable) AllowNull(result);
        return result;
    }

    static void AllowNull(JsonObject schema)
    {
        if (schema["anyOf"] is JsonArray branches) branches.Add(new JsonObject { ["type"] = "null" });
        else if (schema["type"] is JsonArray types) types.Add("null");
        else schema["type"] = new JsonArray(schema["type"]!.DeepClone(), "null");
    }

    static JsonObject Text(Constraints limits)
    {
        // Plain numbers and booleans are text where text is wanted: `PORT: 8080`.
        var result = new JsonObject { ["type"] = new JsonArray("string", "number", "boolean") };
        if (limits.Pattern is not { } pattern) return result;
        result["pattern"] = $"^(?:{pattern.Regex})$|{ExpressionPattern}";
        result["patternErrorMessage"] = pattern.Means is null ? $"must match {pattern.Regex}" : $"must be {pattern.Means}";
        return result;
    }

    static JsonObject Number(ScalarSchema scalar, Constraints limits)
    {
        var number = scalar.Kind == ScalarKind.Whole ? "integer" : "number";
        var result = new JsonObject { ["type"] = new JsonArray(number, "string"), ["pattern"] = ExpressionPattern };
        var range = limits.Between is { } between ? $" from {between.Min.ToString(CultureInfo.InvariantCulture)} to {between.Max.ToString(CultureInfo.InvariantCulture)}" : "";
        result["patternErrorMessage"] = $"must be a {(number == "integer" ? "whole number" : "number")}{range}, or an expression ${{{{ … }}}}";
        if (limits.Between is not { } limit) return result;
        result["minimum"] = limit.Min;
        result["maximum"] = limit.Max;
        return result;
    }

    static JsonObject Choice(ScalarSchema scalar) => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject
            {
                ["enum"] = new JsonArray([.. scalar.Choices.Select(c => (JsonNode)c.Name)]),
                ["markdownEnumDescriptions"] = new JsonArray([.. scalar.Choices.Select(c => (JsonNode)(DocComments.Of(scalar.ValueType, c.Value) ?? ""))]),
            },
            new JsonObject { ["type"] = "string", ["pattern"] = ExpressionPattern }),
    };

    static JsonObject OneOf(AnyOfAttribute any) => new()
    {
        ["anyOf"] = new JsonArray(
            new JsonObject { ["enum"] = new JsonArray([.. any.Values.Select(v => v is int number ? (JsonNode)number : JsonValue.Create(Convert.ToString(v, CultureInfo.InvariantCulture))!)]) },
            new JsonObject { ["type"] = "string", ["pattern"] = ExpressionPattern }),
    };
}
