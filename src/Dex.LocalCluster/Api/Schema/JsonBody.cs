using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>JSON text to nodes as Go's decoder reads it: the last of two equal keys wins (and is reported), whole numbers stay whole.</summary>
static class JsonBody
{
    /// <summary>Reads one JSON value.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="duplicates">Receives <c>duplicate field "a.b"</c>; null when nobody asks.</param>
    /// <exception cref="DecodeException">The text is not JSON; the message is Go's.</exception>
    public static JsonNode? Parse(ReadOnlyMemory<byte> utf8, List<string>? duplicates)
    {
        var reader = new Utf8JsonReader(utf8.Span, new JsonReaderOptions { MaxDepth = 512 });
        try
        {
            if (!reader.Read())
                throw new DecodeException("unexpected end of JSON input");
            var path = duplicates is null ? null : new List<string>();
            var node = Value(ref reader, path, duplicates);
            // A second value is a syntax error the reader throws.
            _ = reader.Read();
            return node;
        }
        catch (JsonException e)
        {
            throw new DecodeException(GoMessage(utf8.Span, e));
        }
    }

    static JsonNode? Value(ref Utf8JsonReader reader, List<string>? path, List<string>? duplicates)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject: return Object(ref reader, path, duplicates);
            case JsonTokenType.StartArray:
                var list = new JsonArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    path?.Add($"[{list.Count}]");
                    list.Add(Value(ref reader, path, duplicates));
                    path?.RemoveAt(path.Count - 1);
                }

                return list;
            case JsonTokenType.String: return JsonValue.Create(reader.GetString());
            case JsonTokenType.True: return JsonValue.Create(true);
            case JsonTokenType.False: return JsonValue.Create(false);
            case JsonTokenType.Number: return Number(ref reader);
            default: return null;
        }
    }

    static JsonObject Object(ref Utf8JsonReader reader, List<string>? path, List<string>? duplicates)
    {
        var map = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var key = reader.GetString()!;
            reader.Read();
            path?.Add(path.Count == 0 ? key : "." + key);
            if (duplicates is not null && map.ContainsKey(key))
                duplicates.Add($"duplicate field \"{string.Concat(path!)}\"");
            map[key] = Value(ref reader, path, duplicates);
            path?.RemoveAt(path.Count - 1);
        }

        return map;
    }

    static JsonNode Number(ref Utf8JsonReader reader)
    {
        var text = reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan;
        return text.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0 && reader.TryGetInt64(out var whole)
            ? JsonValue.Create(whole)
            : JsonValue.Create(reader.GetDouble());
    }

    static string GoMessage(ReadOnlySpan<byte> utf8, JsonException e)
    {
        var offset = Offset(utf8, e);
        if (offset >= utf8.TrimEnd(" \t\r\n"u8).Length)
            return "unexpected end of JSON input";
        Rune.DecodeFromUtf8(utf8[offset..], out var rune, out _);
        return string.Create(CultureInfo.InvariantCulture, $"invalid character '{rune}' looking for beginning of value");
    }

    static int Offset(ReadOnlySpan<byte> utf8, JsonException e)
    {
        var offset = 0;
        for (var line = e.LineNumber ?? 0; line > 0; line--)
            offset += utf8[offset..].IndexOf((byte)'\n') + 1;
        return offset + (int)(e.BytePositionInLine ?? 0);
    }
}
