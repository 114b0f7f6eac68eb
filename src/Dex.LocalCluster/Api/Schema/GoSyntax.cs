using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Values as Go's <c>%q</c> and <c>%#v</c> print them, since API error messages quote them so.</summary>
static class GoSyntax
{
    /// <summary>A scalar, or a map of strings; other objects and arrays as JSON.</summary>
    public static string Format(JsonNode? value) => value switch
    {
        null => "null",
        JsonValue v when v.GetValueKind() == JsonValueKind.String => Quote(v.GetValue<string>()),
        JsonValue v => v.ToJsonString(),
        _ => value.ToJsonString(),
    };

    /// <summary>A Go string literal.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                '\r' => quoted.Append("\\r"),
                < ' ' or (char)127 => quoted.Append($"\\x{(int)c:x2}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary><c>map[string]string{"a":"b"}</c>, keys sorted; <c>map[string]string(nil)</c> when absent.</summary>
    public static string StringMap(JsonObject? map) => map is null
        ? "map[string]string(nil)"
        : $"map[string]string{{{string.Join(", ", map.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{Quote(e.Key)}:{Format(e.Value)}"))}}}";

    /// <summary>A value of a known type: <c>v1.LabelSelector{MatchLabels:map[string]string{"a":"b"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}</c>.</summary>
    public static string Format(JsonNode? value, TypeSchema schema)
    {
        switch (schema.Kind)
        {
            case SchemaKind.Struct:
                var fields = schema.Fields.Select(f => $"{char.ToUpperInvariant(f.Name[0])}{f.Name[1..]}:{Field((value as JsonObject)?[f.Name], f)}");
                return $"{schema.GoName}{{{string.Join(", ", fields)}}}";
            case SchemaKind.List when value is JsonArray list:
                return $"{schema.GoName}{{{string.Join(", ", list.Select(v => Format(v, schema.Element!)))}}}";
            case SchemaKind.Map when value is JsonObject map:
                return $"{schema.GoName}{{{string.Join(", ", map.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => $"{Quote(e.Key)}:{Format(e.Value, schema.Element!)}"))}}}";
            case SchemaKind.List or SchemaKind.Map:
                return schema.GoName + "(nil)";
            default:
                return Format(value);
        }
    }

    static string Field(JsonNode? value, SchemaField field) => value is null ? Zero(field) : Format(value, field.Type);

    static string Zero(SchemaField field) => field switch
    {
        { IsPointer: true } => $"(*{field.Type.GoName})(nil)",
        { Type.Kind: SchemaKind.String } => "\"\"",
        { Type.Kind: SchemaKind.Boolean } => "false",
        { Type.Kind: SchemaKind.Integer or SchemaKind.Number } => "0",
        _ => Format(null, field.Type),
    };
}
