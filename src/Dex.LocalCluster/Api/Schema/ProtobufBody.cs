using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>
/// Reads <c>application/vnd.kubernetes.protobuf</c>: the magic <c>k8s\0</c>, a <c>runtime.Unknown</c> with apiVersion and kind, and in it
/// the message, whose field numbers the type table has. Newer fields than the table's are skipped, as any protobuf reader does.
/// </summary>
static class ProtobufBody
{
    static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <summary>What the envelope says the object is.</summary>
    public readonly record struct Envelope(string ApiVersion, string Kind, ReadOnlyMemory<byte> Message);

    /// <summary>Opens the envelope.</summary>
    /// <exception cref="DecodeException">There is none.</exception>
    public static Envelope Open(ReadOnlyMemory<byte> body)
    {
        if (!body.Span.StartsWith(Magic))
            throw new DecodeException("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        var (apiVersion, kind, message) = ("", "", ReadOnlyMemory<byte>.Empty);
        var reader = new Reader(body.Span[Magic.Length..]);
        while (reader.Next(out var number))
        {
            if (number == 1)
            {
                var meta = new Reader(reader.Bytes());
                while (meta.Next(out var field))
                {
                    var text = Encoding.UTF8.GetString(meta.Bytes());
                    (apiVersion, kind) = field == 1 ? (text, kind) : (apiVersion, text);
                }
            }
            else if (number == 2)
                message = reader.Bytes().ToArray();
            else
                reader.Skip();
        }

        return new(apiVersion, kind, message);
    }

    /// <summary>Reads a message. Zero values are kept: <see cref="Conversion"/> knows which of them mean absent.</summary>
    public static JsonObject Read(TypeSchema schema, ReadOnlySpan<byte> message)
    {
        var result = new JsonObject();
        ReadInto(result, schema, message);
        return result;
    }

    static void ReadInto(JsonObject result, TypeSchema schema, ReadOnlySpan<byte> message)
    {
        _ = schema.Fields;
        var reader = new Reader(message);
        while (reader.Next(out var number))
        {
            if (Find(schema.Embedded, number) is { } embedded)
                ReadInto(result, embedded.Type, reader.Bytes());
            else if (FindOwn(schema, number) is { } field)
                ReadField(result, field, ref reader);
            else
                reader.Skip();
        }
    }

    static SchemaField? Find(IReadOnlyList<SchemaField> fields, int number)
    {
        foreach (var field in fields)
        {
            if (field.Number == number)
                return field;
        }

        return null;
    }

    // The fields of embedded structs are listed with the struct's own, but their numbers are those of their own message.
    static SchemaField? FindOwn(TypeSchema schema, int number)
    {
        foreach (var field in schema.Fields)
        {
            if (field.Number == number && !IsEmbedded(schema, field))
                return field;
        }

        return null;
    }

    static bool IsEmbedded(TypeSchema schema, SchemaField field)
    {
        foreach (var embedded in schema.Embedded)
        {
            if (ReferenceEquals(embedded.Type.Field(field.Name), field))
                return true;
        }

        return false;
    }

    static void ReadField(JsonObject result, SchemaField field, ref Reader reader)
    {
        var type = field.Type;
        if (type.Kind == SchemaKind.List && type.GoName.StartsWith("[]", StringComparison.Ordinal))
        {
            var list = result[field.Name] as JsonArray;
            if (list is null)
                result[field.Name] = list = [];
            if (type.Element!.Kind is SchemaKind.Integer or SchemaKind.Boolean && reader.WireType == 2)
            {
                for (var packed = new Reader(reader.Bytes()); packed.More;)
                    list.Add(Varint(type.Element, packed.Varint()));
            }
            else
                list.Add(Value(type.Element!, ref reader));
        }
        else if (type.Kind == SchemaKind.Map)
        {
            var map = result[field.Name] as JsonObject;
            if (map is null)
                result[field.Name] = map = [];
            ReadEntry(map, type.Element!, reader.Bytes());
        }
        else
            result[field.Name] = Value(type, ref reader);
    }

    static void ReadEntry(JsonObject map, TypeSchema element, ReadOnlySpan<byte> entry)
    {
        var (key, value) = ("", (JsonNode?)null);
        var reader = new Reader(entry);
        while (reader.Next(out var number))
        {
            if (number == 1)
                key = Encoding.UTF8.GetString(reader.Bytes());
            else
                value = Value(element, ref reader);
        }

        map[key] = value;
    }

    static JsonNode? Value(TypeSchema type, ref Reader reader) => type.Kind switch
    {
        SchemaKind.String => JsonValue.Create(Encoding.UTF8.GetString(reader.Bytes())),
        SchemaKind.Bytes => JsonValue.Create(Convert.ToBase64String(reader.Bytes())),
        SchemaKind.Integer or SchemaKind.Boolean => Varint(type, reader.Varint()),
        SchemaKind.Number => JsonValue.Create(BitConverter.Int64BitsToDouble(reader.Fixed64())),
        SchemaKind.Struct => Read(type, reader.Bytes()),
        SchemaKind.Time or SchemaKind.MicroTime => Time(reader.Bytes(), type.Kind == SchemaKind.MicroTime),
        SchemaKind.Quantity => JsonValue.Create(Single(reader.Bytes()) is { Length: > 0 } text ? Encoding.UTF8.GetString(text) : "0"),
        SchemaKind.IntOrString => IntOrString(reader.Bytes()),
        SchemaKind.Duration => Duration(reader.Bytes()),
        SchemaKind.List => Items(type, reader.Bytes()),
        SchemaKind.Any => Any(type.GoName, reader.Bytes()),
        _ => throw new DecodeException($"protobuf: {type} cannot stand here"),
    };

    static JsonValue Varint(TypeSchema type, long value) =>
        type.Kind == SchemaKind.Boolean ? JsonValue.Create(value != 0) : JsonValue.Create(type.Bits == 32 ? (int)value : value);

    // The only field of messages such as Quantity{string}, RawExtension{raw}.
    static ReadOnlySpan<byte> Single(ReadOnlySpan<byte> message)
    {
        var reader = new Reader(message);
        return reader.Next(out _) ? reader.Bytes() : default;
    }

    static JsonValue? Time(ReadOnlySpan<byte> message, bool micro)
    {
        var (seconds, nanos, set) = (0L, 0L, false);
        var reader = new Reader(message);
        while (reader.Next(out var number))
        {
            set = true;
            (seconds, nanos) = number == 1 ? (reader.Varint(), nanos) : (seconds, reader.Varint());
        }

        return set ? JsonValue.Create(Scalars.Format(DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddTicks(nanos / 100), micro)) : null;
    }

    static JsonValue IntOrString(ReadOnlySpan<byte> message)
    {
        var (isText, number, text) = (false, 0L, "");
        var reader = new Reader(message);
        while (reader.Next(out var field))
        {
            switch (field)
            {
                case 1: isText = reader.Varint() == 1; break;
                case 2: number = (int)reader.Varint(); break;
                default: text = Encoding.UTF8.GetString(reader.Bytes()); break;
            }
        }

        return isText ? JsonValue.Create(text) : JsonValue.Create(number);
    }

    static JsonValue Duration(ReadOnlySpan<byte> message)
    {
        var reader = new Reader(message);
        return JsonValue.Create(GoDuration.Format(TimeSpan.FromTicks(reader.Next(out _) ? reader.Varint() / 100 : 0)));
    }

    // A named list type (ExtraValue, Verbs) is a message with repeated items.
    static JsonArray Items(TypeSchema type, ReadOnlySpan<byte> message)
    {
        var list = new JsonArray();
        var reader = new Reader(message);
        while (reader.Next(out _))
            list.Add(Value(type.Element!, ref reader));
        return list;
    }

    static JsonNode? Any(string goName, ReadOnlySpan<byte> message)
    {
        switch (goName)
        {
            case "v1.JSONSchemaPropsOrBool" or "v1.JSONSchemaPropsOrArray" or "v1.JSONSchemaPropsOrStringArray":
                return SchemaOr(goName, message);
            default:
                var raw = Single(message);
                return raw.IsEmpty ? null : JsonBody.Parse(raw.ToArray(), null);
        }
    }

    static JsonNode? SchemaOr(string goName, ReadOnlySpan<byte> message)
    {
        var schema = TypeTable.Struct("apiextensions/v1.JSONSchemaProps");
        var allows = goName == "v1.JSONSchemaPropsOrBool";
        JsonNode? result = allows ? JsonValue.Create(false) : null;
        var reader = new Reader(message);
        while (reader.Next(out var number))
        {
            if (allows && number == 1)
                result = JsonValue.Create(reader.Varint() != 0);
            else if (allows || number == 1)
                result = Conversion.Convert(schema, Read(schema, reader.Bytes()));
            else
            {
                var list = result as JsonArray ?? [];
                list.Add(goName == "v1.JSONSchemaPropsOrArray"
                    ? Conversion.Convert(schema, Read(schema, reader.Bytes()))
                    : JsonValue.Create(Encoding.UTF8.GetString(reader.Bytes())));
                result = list;
            }
        }

        return result;
    }

    /// <summary>The protobuf wire format.</summary>
    ref struct Reader(ReadOnlySpan<byte> data)
    {
        readonly ReadOnlySpan<byte> _data = data;
        int _at;

        public int WireType { get; private set; }

        public readonly bool More => _at < _data.Length;

        public bool Next(out int number)
        {
            if (!More)
            {
                number = 0;
                return false;
            }

            var tag = Varint();
            (number, WireType) = ((int)(tag >> 3), (int)(tag & 7));
            return true;
        }

        public long Varint()
        {
            ulong value = 0;
            for (var shift = 0; shift < 64; shift += 7)
            {
                if (_at >= _data.Length)
                    throw new DecodeException("unexpected EOF");
                var b = _data[_at++];
                value |= (ulong)(b & 0x7f) << shift;
                if (b < 0x80)
                    return (long)value;
            }

            throw new DecodeException("proto: integer overflow");
        }

        public ReadOnlySpan<byte> Bytes()
        {
            if (WireType != 2)
                throw new DecodeException($"proto: wrong wireType = {WireType}");
            return Take(Varint());
        }

        public long Fixed64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

        public void Skip()
        {
            _ = WireType switch
            {
                0 => Varint() == 0,
                1 => Take(8).IsEmpty,
                2 => Bytes().IsEmpty,
                5 => Take(4).IsEmpty,
                _ => throw new DecodeException($"proto: illegal wireType {WireType}"),
            };
        }

        ReadOnlySpan<byte> Take(long length)
        {
            if (length < 0 || length > _data.Length - _at)
                throw new DecodeException("unexpected EOF");
            var taken = _data.Slice(_at, (int)length);
            _at += (int)length;
            return taken;
        }
    }
}
