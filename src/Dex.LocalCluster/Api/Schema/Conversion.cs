using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>
/// JSON through a Go type and back: unknown fields fall away (and are reported), wrong types are errors in Go's words, empty
/// values are omitted or written as the type's encoding does, fields take the type's order. What comes out is what the API server stores.
/// </summary>
public sealed class Conversion
{
    readonly List<string>? _unknown;
    readonly List<string> _goPath = [];
    readonly List<string> _path = [];
    string _structName = "";

    Conversion(List<string>? unknown) => _unknown = unknown;

    /// <summary>Converts an object.</summary>
    /// <param name="schema">Its type.</param>
    /// <param name="value">The object; it is not changed.</param>
    /// <param name="unknown">Receives <c>unknown field "spec.foo"</c>; null when nobody asks.</param>
    /// <exception cref="DecodeException">A value is of the wrong type.</exception>
    public static JsonObject Convert(TypeSchema schema, JsonObject value, List<string>? unknown = null) => (JsonObject)new Conversion(unknown).Value(schema, value)!;

    JsonNode? Value(TypeSchema schema, JsonNode value)
    {
        switch (schema.Kind)
        {
            case SchemaKind.Struct: return Struct(schema, value as JsonObject ?? throw Mismatch(schema, value));
            case SchemaKind.Map: return Map(schema, value as JsonObject ?? throw Mismatch(schema, value));
            case SchemaKind.List: return List(schema, value as JsonArray ?? throw Mismatch(schema, value));
            case SchemaKind.Any: return value.DeepClone();
            case SchemaKind.String: return Scalars.Text(value) is { } text ? JsonValue.Create(text) : throw Mismatch(schema, value);
            case SchemaKind.Bytes: return Scalars.Bytes(Scalars.Text(value) ?? throw Mismatch(schema, value));
            case SchemaKind.Integer: return Integer(schema, value);
            case SchemaKind.Number: return value.GetValueKind() == JsonValueKind.Number ? value.DeepClone() : throw Mismatch(schema, value);
            case SchemaKind.Boolean: return value.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? value.DeepClone() : throw Mismatch(schema, value);
            case SchemaKind.Time: return Scalars.Time(value, micro: false);
            case SchemaKind.MicroTime: return Scalars.Time(value, micro: true);
            case SchemaKind.Quantity: return Scalars.Quantity(value);
            case SchemaKind.IntOrString: return Scalars.IntOrString(value);
            default: return Scalars.Text(value) is { } duration ? JsonValue.Create(duration) : throw Mismatch(schema, value);
        }
    }

    JsonValue Integer(TypeSchema schema, JsonNode value)
    {
        if (value.GetValueKind() != JsonValueKind.Number)
            throw Mismatch(schema, value);
        return Scalars.TryInteger(value, out var number) && (schema.Bits == 64 || number is >= int.MinValue and <= int.MaxValue)
            ? JsonValue.Create(number)
            : throw Mismatch(schema, $"number {value.ToJsonString()}");
    }

    JsonObject Struct(TypeSchema schema, JsonObject value)
    {
        var fields = schema.Fields;
        var slots = new JsonNode?[fields.Count];
        var outer = _structName;
        foreach (var (name, item) in value)
        {
            var i = schema.IndexOf(name);
            if (i < 0)
            {
                _unknown?.Add($"unknown field \"{string.Concat(_path)}{(_path.Count == 0 ? "" : ".")}{name}\"");
                continue;
            }

            if (item is null)
                continue;
            _structName = schema.GoName;
            Enter(name);
            slots[i] = Value(fields[i].Type, item);
            Leave();
        }

        _structName = outer;
        var result = new JsonObject();
        for (var i = 0; i < slots.Length; i++)
            Write(result, fields[i], slots[i]);
        return result;
    }

    static void Write(JsonObject result, SchemaField field, JsonNode? value)
    {
        if (value is null)
        {
            // Go omits no struct: an absent one is written with its own zero fields.
            if (!field.OmitEmpty || (!field.IsPointer && IsGoStruct(field.Type.Kind)))
                result[field.Name] = field.IsPointer ? null : Zero(field.Type);
        }
        else if (!field.OmitEmpty || field.IsPointer || !IsEmpty(value, field.Type.Kind))
            result[field.Name] = value;
    }

    static bool IsGoStruct(SchemaKind kind) => kind is SchemaKind.Struct or SchemaKind.Time or SchemaKind.MicroTime
        or SchemaKind.Quantity or SchemaKind.IntOrString or SchemaKind.Duration or SchemaKind.Any;

    static bool IsEmpty(JsonNode value, SchemaKind kind) => kind switch
    {
        SchemaKind.String or SchemaKind.Bytes => Scalars.Text(value)!.Length == 0,
        SchemaKind.Integer => Scalars.TryInteger(value, out var number) && number == 0,
        SchemaKind.Number => value.AsValue().ToJsonString() is "0" or "0.0",
        SchemaKind.Boolean => value.GetValueKind() == JsonValueKind.False,
        SchemaKind.List => ((JsonArray)value).Count == 0,
        SchemaKind.Map => ((JsonObject)value).Count == 0,
        _ => false,
    };

    static JsonNode? Zero(TypeSchema type) => type.Kind switch
    {
        SchemaKind.Struct => new Conversion(null).Struct(type, []),
        SchemaKind.String => JsonValue.Create(""),
        SchemaKind.Integer or SchemaKind.Number or SchemaKind.IntOrString => JsonValue.Create(0L),
        SchemaKind.Boolean => JsonValue.Create(false),
        SchemaKind.Quantity => JsonValue.Create("0"),
        SchemaKind.Duration => JsonValue.Create("0s"),
        _ => null,
    };

    JsonObject Map(TypeSchema schema, JsonObject value)
    {
        var result = new JsonObject();
        foreach (var (key, item) in value)
        {
            // An item keeps its map's place in Go's error path.
            _path.Add("." + key);
            result[key] = item is not null ? Value(schema.Element!, item) : schema.ElementIsPointer ? null : Zero(schema.Element!);
            _path.RemoveAt(_path.Count - 1);
        }

        return result;
    }

    JsonArray List(TypeSchema schema, JsonArray value)
    {
        var result = new JsonArray();
        for (var i = 0; i < value.Count; i++)
        {
            _path.Add($"[{i}]");
            result.Add(value[i] is { } item ? Value(schema.Element!, item) : schema.ElementIsPointer ? null : Zero(schema.Element!));
            _path.RemoveAt(_path.Count - 1);
        }

        return result;
    }

    void Enter(string name)
    {
        _goPath.Add(name);
        _path.Add(_path.Count == 0 ? name : "." + name);
    }

    void Leave()
    {
        _goPath.RemoveAt(_goPath.Count - 1);
        _path.RemoveAt(_path.Count - 1);
    }

    DecodeException Mismatch(TypeSchema schema, JsonNode value) => Mismatch(schema, Scalars.GoKind(value));

    DecodeException Mismatch(TypeSchema schema, string found)
    {
        var at = _goPath.Count == 0 ? "value" : $"struct field {_structName[(_structName.LastIndexOf('.') + 1)..]}.{string.Join('.', _goPath)}";
        return new DecodeException($"json: cannot unmarshal {found} into Go {at} of type {schema.GoName}");
    }
}
