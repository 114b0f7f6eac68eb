namespace Dex.Yaml;

/// <summary>
/// A light second reading of a text that the parser refused: finds the opening place of what is never closed, and expressions inside flow collections.
/// </summary>
sealed class FlowScan(SourceText source)
{
    readonly string _text = source.Text;
    readonly Stack<(char Open, int Offset, int Indent)> _open = new();
    readonly BlockScalarLines _block = new();

    public Diagnostic? Run()
    {
        for (var line = 1; line <= source.LineCount; line++)
        {
            var content = source.Line(line);
            if (_open.Count == 0 && _block.Contains(content)) continue;
            var start = source.LineStart(line);
            if (Outdented(content) is { } early) return early;
            var at = start;
            while (at < start + content.Length)
            {
                if (Step(ref at, start, start + content.Length) is { } found) return found;
            }

            // A quoted text may have ended lines below; go on after it.
            while (line < source.LineCount && source.LineStart(line + 1) < at) line++;
        }

        return _open.TryPeek(out var last) ? YamlErrors.NeverClosed(source.Span(last.Offset, 1), last.Open) : null;
    }

    /// <summary>Inside brackets, a line that is not deeper than the line of the opening one shows that the closing one is missing.</summary>
    Diagnostic? Outdented(string content)
    {
        if (!_open.TryPeek(out var last)) return null;
        var indent = content.AsSpan().IndexOfAnyExcept(' ');
        if (indent < 0 || indent > last.Indent || content[indent] is ']' or '}' or '#') return null;
        return YamlErrors.NeverClosed(source.Span(last.Offset, 1), last.Open);
    }

    Diagnostic? Step(ref int at, int lineStart, int lineEnd)
    {
        var c = _text[at];
        if (c is ' ' or ',') { at++; return null; }
        if (c == '#' && (at == lineStart || _text[at - 1] is ' ' or '\t')) { at = lineEnd; return null; }
        if (c is '-' or '?' or ':' && (at + 1 >= lineEnd || _text[at + 1] == ' ')) { at++; return null; }
        if (c is '"' or '\'') return Quoted(ref at, c);
        if (c is '[' or '{')
        {
            var indent = source.Line(source.Span(at, 1).Line).AsSpan().IndexOfAnyExcept(' ');
            _open.Push((c, at++, indent));
            return null;
        }

        return c is ']' or '}' && _open.Count > 0 ? Close(ref at, c) : Plain(ref at, lineEnd);
    }

    Diagnostic? Close(ref int at, char c)
    {
        var (opening, offset, _) = _open.Pop();
        at++;
        return (opening == '[') == (c == ']') ? null : YamlErrors.WrongCloser(source.Span(at - 1, 1), source.Span(offset, 1), c, opening);
    }

    Diagnostic? Plain(ref int at, int lineEnd)
    {
        var start = at;
        while (at < lineEnd)
        {
            if (_text[at] == ':' && (at + 1 >= lineEnd || _text[at + 1] == ' ')) { at++; return null; }
            if (_text[at] == '#' && at > start && _text[at - 1] == ' ') return null;
            if (_open.Count > 0)
            {
                if (string.CompareOrdinal(_text, at, "${{", 0, 3) == 0)
                {
                    var end = _text.IndexOf("}}", at, lineEnd - at, StringComparison.Ordinal);
                    return YamlErrors.UnquotedExpression(source.Span(at, (end < 0 ? lineEnd : end + 2) - at));
                }

                if (_text[at] is ',' or '[' or ']' or '{' or '}') return null;
            }

            at++;
        }

        return null;
    }

    Diagnostic? Quoted(ref int at, char quote)
    {
        var opening = at++;
        while (at < _text.Length)
        {
            if (quote == '"' && _text[at] == '\\') { at += 2; continue; }
            if (_text[at] == quote)
            {
                if (quote == '\'' && at + 1 < _text.Length && _text[at + 1] == '\'') { at += 2; continue; }
                at++;
                return null;
            }

            // The text is broken somewhere; a quoted value that runs into a line which looks like a key lost its closing quote.
            if (_text[at] == '\n' && LooksLikeKey(at + 1)) return YamlErrors.NeverClosed(source.Span(opening, 1), quote);
            at++;
        }

        return YamlErrors.NeverClosed(source.Span(opening, 1), quote);
    }

    bool LooksLikeKey(int at)
    {
        while (at < _text.Length && _text[at] is ' ' or '-') at++;
        var start = at;
        while (at < _text.Length && (char.IsAsciiLetterOrDigit(_text[at]) || _text[at] is '_' or '-' or '.')) at++;
        return at > start && at < _text.Length && _text[at] == ':' && (at + 1 == _text.Length || _text[at + 1] is ' ' or '\n' or '\r');
    }
}
