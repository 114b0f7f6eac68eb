using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dex.Yaml;

/// <summary>
/// Writes JSON as block YAML, the same bytes for the same input. Readers of YAML 1.1 (kubectl) and 1.2 read back the same values:
/// text that either of them would take for something else is quoted.
/// </summary>
public static class YamlWriter
{
    /// <summary>The YAML of one value, ending in a line break.</summary>
    public static string ToString(JsonNode? node)
    {
        var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        Write(node, writer);
        return writer.ToString();
    }

    /// <summary>Writes one value, ending in a line break. Several documents are divided by <c>---</c> lines that the caller writes.</summary>
    public static void Write(JsonNode? node, TextWriter writer)
    {
        switch (node)
        {
            case JsonObject { Count: > 0 } map: Map(map, writer, 0, firstIndented: true); break;
            case JsonArray { Count: > 0 } list: List(list, writer, 0, firstIndented: true); break;
            default: Leaf(node, writer, 0); break;
        }
    }

    static void Map(JsonObject map, TextWriter writer, int indent, bool firstIndented)
    {
        foreach (var (key, value) in map)
        {
            if (firstIndented) Indent(writer, indent);
            firstIndented = true;
            if (key.Length > 900) { writer.Write("? "); writer.Write(Quoted(key)); writer.Write('\n'); Indent(writer, indent); }
            else writer.Write(Text(key));
            writer.Write(':');
            switch (value)
            {
                case JsonObject { Count: > 0 } child:
                    writer.Write('\n');
                    Map(child, writer, indent + 2, firstIndented: true);
                    break;
                case JsonArray { Count: > 0 } child:
                    writer.Write('\n');
                    List(child, writer, indent, firstIndented: true);
                    break;
                default:
                    writer.Write(' ');
                    Leaf(value, writer, indent + 2);
                    break;
            }
        }
    }

    static void List(JsonArray list, TextWriter writer, int indent, bool firstIndented)
    {
        foreach (var value in list)
        {
            if (firstIndented) Indent(writer, indent);
            firstIndented = true;
            writer.Write("- ");
            switch (value)
            {
                case JsonObject { Count: > 0 } child: Map(child, writer, indent + 2, firstIndented: false); break;
                case JsonArray { Count: > 0 } child: List(child, writer, indent + 2, firstIndented: false); break;
                default: Leaf(value, writer, indent + 2); break;
            }
        }
    }

    static void Leaf(JsonNode? value, TextWriter writer, int indent)
    {
        switch (value?.GetValueKind())
        {
            case null or JsonValueKind.Null: writer.Write("null"); break;
            case JsonValueKind.Object: writer.Write("{}"); break;
            case JsonValueKind.Array: writer.Write("[]"); break;
            case JsonValueKind.String: String(value.GetValue<string>(), writer, indent); return;
            default: writer.Write(value.ToJsonString()); break;
        }

        writer.Write('\n');
    }

    static void String(string text, TextWriter writer, int indent)
    {
        if (!FitsLiteral(text))
        {
            writer.Write(Text(text));
            writer.Write('\n');
            return;
        }

        writer.Write(text.EndsWith("\n\n", StringComparison.Ordinal) ? "|+" : text.EndsWith('\n') ? "|" : "|-");
        writer.Write('\n');
        var lines = text.Split('\n');
        var count = text.EndsWith('\n') ? lines.Length - 1 : lines.Length;
        for (var i = 0; i < count; i++)
        {
            if (lines[i].Length > 0)
            {
                Indent(writer, Math.Max(indent, 2));
                writer.Write(lines[i]);
            }

            writer.Write('\n');
        }
    }

    /// <summary>Text over several lines reads best after `|`, when no line would lose or change a character there.</summary>
    static bool FitsLiteral(string text)
    {
        var lineBreak = text.IndexOf('\n');
        if (lineBreak <= 0 || text[0] is ' ' or '\t' || text.StartsWith("---", StringComparison.Ordinal)) return false;
        var blank = true;
        foreach (var c in text)
        {
            if (c == '\n') { blank = true; continue; }
            if (c is ' ' or '\t' && blank) return false;
            if (c is not '\t' and (< ' ' or > '~')) return false;
            blank = false;
        }

        return !text.Contains(" \n", StringComparison.Ordinal) && !text.Contains("\t\n", StringComparison.Ordinal) && text[^1] is not (' ' or '\t');
    }

    internal static string Text(string text) => IsPlain(text) ? text : Quoted(text);

    static bool IsPlain(string text)
    {
        if (text.Length is 0 or > 200 || !(char.IsAsciiLetterOrDigit(text[0]) || text[0] is '/' or '_' or '.' or '$' or '(')) return false;
        if (text[^1] is ' ' or ':') return false;
        var onlyNumberLike = true;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is < ' ' or > '~') return false;
            if (c == ':' && text[i + 1] == ' ') return false;
            if (c == '#' && text[i - 1] == ' ') return false;
            // Times, dates, sexagesimals and numbers of any base, in any version of YAML.
            if (!(char.IsAsciiHexDigit(c) || c is '_' or '.' or ':' or '+' or '-' or ' ' or 'x' or 'X' or 'o' or 'O' or 'T' or 'Z' or 't' or 'z')) onlyNumberLike = false;
        }

        if (onlyNumberLike && (char.IsAsciiDigit(text[0]) || text[0] == '.')) return false;
        if (text.StartsWith("...", StringComparison.Ordinal) || text.StartsWith(".inf", StringComparison.OrdinalIgnoreCase) || text.StartsWith(".nan", StringComparison.OrdinalIgnoreCase)) return false;
        return Yaml11.ResolvePlain(text) is JsonValue value && value.GetValueKind() == JsonValueKind.String
            && Yaml12.ResolvePlain(text) is JsonValue core && core.GetValueKind() == JsonValueKind.String;
    }

    internal static string Quoted(string text)
    {
        var result = new StringBuilder(text.Length + 2).Append('"');
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            switch (c)
            {
                case '"': result.Append("\\\""); break;
                case '\\': result.Append("\\\\"); break;
                case '\n': result.Append("\\n"); break;
                case '\t': result.Append("\\t"); break;
                case '\r': result.Append("\\r"); break;
                case < ' ' or (>= '\u007f' and <= '\u00a0') or '\u2028' or '\u2029' or '\ufeff' or '\ufffe' or '\uffff':
                    result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
                    break;
                default:
                    if (!char.IsSurrogate(c)) result.Append(c);
                    else if (i + 1 < text.Length && char.IsSurrogatePair(c, text[i + 1])) result.Append(c).Append(text[++i]);
                    else result.Append('\ufffd');
                    break;
            }
        }

        return result.Append('"').ToString();
    }

    static void Indent(TextWriter writer, int count)
    {
        for (var i = 0; i < count; i++) writer.Write(' ');
    }
}
