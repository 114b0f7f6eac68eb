using YamlDotNet.Core;

namespace Dex.Yaml;

/// <summary>Says what a person did when the parser only knows that it cannot go on.</summary>
static class YamlDoctor
{
    public static Diagnostic Explain(SourceText source, YamlException exception)
    {
        var offset = (int)Math.Clamp(exception.Start.Index, 0, source.Text.Length);
        var place = source.Span(offset, 1);
        // The parser reports some failures without a position; then every line is suspect.
        var lastLine = exception.Start.Index <= 0 ? source.LineCount : place.Line;
        return TabBefore(source, lastLine)
            ?? new FlowScan(source).Run()
            ?? ExpressionOnLine(source, place.Line)
            ?? SecondColon(source, place)
            ?? YamlErrors.Unreadable(place, Reason(exception));
    }

    /// <summary>
    /// A plain scalar over several lines is legal YAML, but a continuation that looks like a list item is an item indented too far.
    /// </summary>
    public static void CheckPlain(SourceText source, SourceSpan span)
    {
        var text = source.Text.AsSpan(span.Offset, span.Length);
        if (text.IndexOf('\n') < 0 && text.IndexOf('\r') < 0) return;
        var at = 0;
        while ((at = NextLine(text, at)) < text.Length)
        {
            var indent = at;
            while (indent < text.Length && text[indent] is ' ' or '\t') indent++;
            var rest = text[indent..];
            if (rest.StartsWith("- ") || (rest.StartsWith("-") && rest.Length > 1 && rest[1] is '\n' or '\r') || rest is "-")
                throw new DiagnosticException(YamlErrors.SwallowedItem(source.Span(span.Offset + indent, 1)));
        }
    }

    /// <summary>The parser lets some tabs and every no-break space pass as text; in front of a value they are never meant.</summary>
    public static void CheckIndentation(SourceText source, SourceSpan span)
    {
        var start = source.LineStart(span.Line);
        for (var i = start; i < source.Text.Length && i <= span.Offset; i++)
        {
            if (source.Text[i] == '\t' && i < span.Offset) throw new DiagnosticException(YamlErrors.Tab(source.Span(i, 1)));
            if (source.Text[i] == '\u00a0') throw new DiagnosticException(YamlErrors.NoBreakSpace(source.Span(i, 1)));
            if (source.Text[i] != ' ') return;
        }
    }

    static int NextLine(ReadOnlySpan<char> text, int from)
    {
        var end = text[from..].IndexOfAny('\n', '\r');
        return end < 0 ? text.Length : from + end + 1;
    }

    static Diagnostic? TabBefore(SourceText source, int lastLine)
    {
        var block = new BlockScalarLines();
        for (var line = 1; line <= lastLine; line++)
        {
            var text = source.Line(line);
            if (block.Contains(text)) continue;
            var indent = text.AsSpan().IndexOfAnyExcept(' ', '\t', '\u00a0');
            if (indent <= 0) continue;
            var bad = text.AsSpan(0, indent).IndexOfAny('\t', '\u00a0');
            if (bad < 0) continue;
            var span = source.Span(source.LineStart(line) + bad, 1);
            return text[bad] == '\t' ? YamlErrors.Tab(span) : YamlErrors.NoBreakSpace(span);
        }

        return null;
    }

    static Diagnostic? ExpressionOnLine(SourceText source, int line)
    {
        for (var candidate = line; candidate >= Math.Max(1, line - 1); candidate--)
        {
            var text = source.Line(candidate);
            var start = text.IndexOf("${{", StringComparison.Ordinal);
            if (start < 0 || text.AsSpan(0, start).IndexOfAny('"', '\'') >= 0) continue;
            var rest = text.AsSpan(start);
            if (rest.IndexOf(": ") >= 0 || rest.IndexOf(" #") >= 0) return YamlErrors.ExpressionNeedsQuotes(source.Span(source.LineStart(candidate) + start, rest.Length));
        }

        return null;
    }

    /// <summary>`a: b: c` on one line, or a key below a plain value.</summary>
    static Diagnostic? SecondColon(SourceText source, SourceSpan place)
    {
        var text = source.Line(place.Line);
        var first = text.IndexOf(": ", StringComparison.Ordinal);
        if (first < 0) return null;
        var value = first + 2;
        var second = text.IndexOf(": ", value, StringComparison.Ordinal);
        if (second < 0 && text.EndsWith(':') && text.Length - 1 > first) second = text.Length - 1;
        if (second >= 0 && value < second)
        {
            return YamlErrors.Unreadable(source.Span(source.LineStart(place.Line) + value, text.TrimEnd().Length - value),
                "this value holds a second `: `", "put the value in quotes, or move the second key to a line of its own");
        }

        var indent = text.Length - text.TrimStart().Length;
        return indent > 0
            ? YamlErrors.Unreadable(source.Span(source.LineStart(place.Line) + indent, first - indent), "this key does not line up with the lines above", "keys of one map start in the same column")
            : null;
    }

    static string Reason(YamlException exception)
    {
        // The parser's text is English and lower-cased to fit our frame; nothing is decided on it.
        var message = exception.Message;
        var end = message.IndexOf("): ", StringComparison.Ordinal);
        if (message.StartsWith('(') && end >= 0) message = message[(end + 3)..];
        message = message.TrimEnd('.', ' ');
        return message.Length == 0 ? "the text ends or turns here unexpectedly" : char.ToLowerInvariant(message[0]) + message[1..];
    }
}
