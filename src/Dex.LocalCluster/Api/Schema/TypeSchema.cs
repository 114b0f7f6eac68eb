using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>What a JSON value of the API may be.</summary>
public enum SchemaKind
{
    /// <summary>An object with known fields.</summary>
    Struct,

    /// <summary>An object whose keys are free and whose values are alike.</summary>
    Map,

    /// <summary>An array.</summary>
    List,

    /// <summary>A string.</summary>
    String,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number.</summary>
    Number,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>Bytes, base64 in JSON.</summary>
    Bytes,

    /// <summary>RFC 3339 with seconds; null stands for "never".</summary>
    Time,

    /// <summary>RFC 3339 with microseconds.</summary>
    MicroTime,

    /// <summary>A Go duration such as <c>1m30s</c>.</summary>
    Duration,

    /// <summary>An amount such as <c>500m</c>, kept in its canonical form.</summary>
    Quantity,

    /// <summary>A port or percentage: a number or a string.</summary>
    IntOrString,

    /// <summary>Any JSON: kept as it is.</summary>
    Any,
}

/// <summary>How the items of a list are told apart by server-side apply.</summary>
public enum ListType
{
    /// <summary>Not at all: the list is owned as a whole.</summary>
    Atomic,

    /// <summary>Each item is its own key.</summary>
    Set,

    /// <summary>By the values of <see cref="TypeSchema.Keys"/>.</summary>
    Map,
}

/// <summary>
/// The shape of a value at one place of an API type. It drives decoding, defaulting, strategic merge and server-side apply.
/// Struct schemas are shared by every place that uses the type; lists and maps belong to their place.
/// </summary>
public sealed class TypeSchema
{
    // Made once: fields are told apart by identity, and requests come in parallel.
    readonly Lazy<IReadOnlyList<SchemaField>> _fields;
    Dictionary<string, int>? _index;

    internal TypeSchema(SchemaKind kind, string goName, Func<IReadOnlyList<SchemaField>>? fields = null)
    {
        Kind = kind;
        GoName = goName;
        _fields = new(fields ?? (() => []));
    }

    /// <summary>What it is.</summary>
    public SchemaKind Kind { get; }

    /// <summary>The type's name in Go error messages: <c>v1.PodSpec</c>, <c>map[string]string</c>, <c>int32</c>.</summary>
    public string GoName { get; }

    /// <summary>The name in OpenAPI documents: <c>io.k8s.api.core.v1.PodSpec</c>; null for scalars, lists and maps.</summary>
    public string? Definition { get; internal init; }

    /// <summary>A list's or map's items.</summary>
    public TypeSchema? Element { get; internal init; }

    /// <summary>Whether a list's or map's items are pointers in Go, so that null stays null.</summary>
    public bool ElementIsPointer { get; internal init; }

    /// <summary>How a list's items are told apart.</summary>
    public ListType ListType { get; internal init; }

    /// <summary>Whether the API documents the list type; a list that does not is atomic.</summary>
    internal bool DeclaresListType { get; init; }

    /// <summary>The key fields of a <see cref="ListType.Map"/> list.</summary>
    public IReadOnlyList<string> Keys { get; internal init; } = [];

    /// <summary>Whether server-side apply owns the whole value at once.</summary>
    public bool IsAtomic { get; internal init; }

    /// <summary>Whether an object may carry fields that are not declared; their shape is deduced from their value.</summary>
    public bool PreserveUnknown { get; internal init; }

    /// <summary>64 or 32 for an integer.</summary>
    public int Bits { get; internal init; }

    /// <summary>The parts of a struct that Go embeds: their fields are among <see cref="Fields"/>, their protobuf message is their own.</summary>
    internal IReadOnlyList<SchemaField> Embedded { get; set; } = [];

    /// <summary>A struct's fields in the order they are written.</summary>
    public IReadOnlyList<SchemaField> Fields => _fields.Value;

    /// <summary>A scalar: neither object nor array as far as the schema knows.</summary>
    public bool IsScalar => Kind is not (SchemaKind.Struct or SchemaKind.Map or SchemaKind.List or SchemaKind.Any);

    /// <summary>The field with that JSON name, or null.</summary>
    public SchemaField? Field(string name) => IndexOf(name) is var i and >= 0 ? Fields[i] : null;

    internal int IndexOf(string name)
    {
        if (_index is null)
        {
            var built = new Dictionary<string, int>(Fields.Count, StringComparer.Ordinal);
            for (var i = 0; i < Fields.Count; i++)
                built[Fields[i].Name] = i;
            _index = built;
        }

        return _index.GetValueOrDefault(name, -1);
    }

    /// <summary>The schema of an object's value under a key: the field's type, the map's element, or null when unknown.</summary>
    public TypeSchema? Child(string key) => Kind switch
    {
        SchemaKind.Struct => Field(key)?.Type,
        SchemaKind.Map => Element,
        _ => null,
    };

    /// <inheritdoc />
    public override string ToString() => $"{Kind} {GoName}";
}

/// <summary>A field of a struct.</summary>
public sealed class SchemaField
{
    /// <summary>The JSON name.</summary>
    public required string Name { get; init; }

    /// <summary>The shape of its value.</summary>
    public required TypeSchema Type { get; init; }

    /// <summary>The protobuf field number; 0 when it has none.</summary>
    public int Number { get; init; }

    /// <summary>Whether Go holds a pointer: an explicit zero is then different from absent.</summary>
    public bool IsPointer { get; init; }

    /// <summary>Whether an empty value is left out of the JSON.</summary>
    public bool OmitEmpty { get; init; }

    /// <summary>Whether the API documents it as required.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Strategic merge: merge instead of replace.</summary>
    public bool Merges { get; init; }

    /// <summary>Strategic merge: keep only the keys the patch names in <c>$retainKeys</c>.</summary>
    public bool RetainsKeys { get; init; }

    /// <summary>Strategic merge: the key of a merged list of objects; empty for primitives.</summary>
    public string MergeKey { get; init; } = "";

    /// <summary>The declared default, or null.</summary>
    public JsonNode? Default { get; init; }

    /// <inheritdoc />
    public override string ToString() => $"{Name} {Type}";
}
