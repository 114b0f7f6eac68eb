using System.Text;

namespace Dex.Yaml;

/// <summary>A replacement in a text.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">How much is replaced; zero for an insertion.</param>
/// <param name="NewText">What stands there afterwards.</param>
public readonly record struct TextEdit(int Offset, int Length, string NewText);

/// <summary>Applies edits to a text.</summary>
public static class TextEdits
{
    /// <summary>The text with all edits, given in any order; they must not overlap.</summary>
    public static string Apply(string text, IEnumerable<TextEdit> edits)
    {
        var result = new StringBuilder(text);
        foreach (var edit in edits.OrderByDescending(e => e.Offset)) result.Remove(edit.Offset, edit.Length).Insert(edit.Offset, edit.NewText);
        return result.ToString();
    }
}

/// <summary>Changes values in a YAML text and leaves everything else, comments above all, as it is.</summary>
public static class YamlEditor
{
    /// <summary>Sets the value at a path of keys; maps that are missing on the way are made.</summary>
    /// <param name="document">The parsed text.</param>
    /// <param name="path">The keys from the root.</param>
    /// <param name="value">The value as YAML on one line; text that is no such YAML is quoted.</param>
    /// <returns>The new text.</returns>
    public static string Set(YamlDocument document, IReadOnlyList<string> path, string value)
    {
        var text = document.Source.Text;
        value = OneLine(value);
        if (document.Root is not YamlMap current) return text + Block(path, value, 0, "\n");
        for (var i = 0; ; i++)
        {
            var written = Find(current, path[i]);
            if (written is null) return TextEdits.Apply(text, [Insertion(document.Source, current, path.Skip(i).ToList(), value)]);
            if (i == path.Count - 1) return TextEdits.Apply(text, [Replacement(text, written, value)]);
            if (written.Value is YamlMap { Entries.Count: > 0 } next && next.Span.Offset > written.KeySpan.Offset) current = next;
            else return TextEdits.Apply(text, [Replacement(text, written, Flow(path.Skip(i + 1).ToList(), value))]);
        }
    }

    static YamlEntry? Find(YamlMap map, string key) =>
        map.Entries.FirstOrDefault(e => e.Key == key || (e.IsPlainKey && e.Key == key + "!"));

    static TextEdit Replacement(string text, YamlEntry entry, string value)
    {
        var keyEnd = entry.KeySpan.Offset + entry.KeySpan.Length;
        var colon = text.IndexOf(':', keyEnd);
        var start = colon + 1;
        // An alias has the place of its anchor's value, which lies elsewhere; then the alias itself is replaced up to the end of its word.
        var end = entry.Value.Span.Offset > keyEnd ? entry.Value.Span.Offset + entry.Value.Span.Length : WordEnd(text, start);
        return new TextEdit(start, Math.Max(0, end - start), " " + value);
    }

    static int WordEnd(string text, int at)
    {
        while (at < text.Length && text[at] == ' ') at++;
        while (at < text.Length && text[at] is not (' ' or ',' or '}' or ']' or '\r' or '\n')) at++;
        return at;
    }

    static TextEdit Insertion(SourceText source, YamlMap map, List<string> path, string value)
    {
        var text = source.Text;
        if (map.IsFlow)
        {
            var closing = map.Span.Offset + map.Span.Length - 1;
            var at = closing;
            while (text[at - 1] is ' ' or '\n' or '\r') at--;
            var separator = map.Entries.Count == 0 || text[at - 1] == ',' ? " " : ", ";
            return new TextEdit(at, closing - at, $"{separator}{Key(path[0])}: {(path.Count == 1 ? value : Flow(path.Skip(1).ToList(), value))} ");
        }

        // After the last line of the last entry, with what stands behind its value.
        var end = map.Span.Offset + map.Span.Length;
        while (end < text.Length && text[end] is not ('\n' or '\r')) end++;
        var lineBreak = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        return new TextEdit(end, 0, lineBreak + Block(path, value, map.Entries[0].KeySpan.Column - 1, lineBreak).TrimEnd('\r', '\n'));
    }

    static string Block(IReadOnlyList<string> path, string value, int indent, string lineBreak)
    {
        var result = new StringBuilder();
        for (var i = 0; i < path.Count; i++)
            result.Append(' ', indent + (2 * i)).Append(Key(path[i])).Append(':').Append(i == path.Count - 1 ? $" {value}" : "").Append(lineBreak);
        return result.ToString();
    }

    static string Flow(List<string> path, string value)
    {
        var result = value;
        for (var i = path.Count - 1; i >= 0; i--) result = $"{{ {Key(path[i])}: {result} }}";
        return result;
    }

    static string Key(string key) => YamlWriter.Text(key);

    /// <summary>The value as it may stand in block and flow collections alike.</summary>
    static string OneLine(string value)
    {
        try
        {
            var root = YamlParser.Parse("value", Encoding.UTF8.GetBytes($"[ {value} ]")).Root;
            if (!value.Contains('\n') && !value.Contains('#') && root is YamlList { Items: [var only] } && only is not YamlScalar { IsEmpty: true } && (only is not YamlMap || value.StartsWith('{'))) return value;
        }
        catch (DiagnosticException)
        {
            // Not YAML, so it is meant as text.
        }

        return YamlWriter.Quoted(value);
    }
}
