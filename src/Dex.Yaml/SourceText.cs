namespace Dex.Yaml;

/// <summary>The text of one file and where its lines begin.</summary>
public sealed class SourceText
{
    readonly List<int> _lineStarts = [0];
    CachedLine? _last;

    /// <summary>Reads the lines of a text.</summary>
    /// <param name="file">The name used in places that are shown to a user.</param>
    /// <param name="text">The whole text, without a byte order mark.</param>
    public SourceText(string file, string text)
    {
        File = file;
        Text = text;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n') _lineStarts.Add(i + 1);
            else if (text[i] == '\r' && (i + 1 == text.Length || text[i + 1] != '\n')) _lineStarts.Add(i + 1);
        }
    }

    /// <summary>The name used in places that are shown to a user.</summary>
    public string File { get; }

    /// <summary>The whole text.</summary>
    public string Text { get; }

    /// <summary>The number of lines; at least one.</summary>
    public int LineCount => _lineStarts.Count;

    /// <summary>The offset at which a line begins; lines count from 1.</summary>
    public int LineStart(int line) => _lineStarts[line - 1];

    /// <summary>One line without its end; lines count from 1. Empty outside of the text.</summary>
    public string Line(int line)
    {
        if (line < 1 || line > _lineStarts.Count) return "";
        // A file may be one line of a megabyte with thousands of mistakes; each of them must not hold a copy of its own.
        if (_last is { } known && known.Line == line) return known.Text;
        var start = _lineStarts[line - 1];
        var end = line < _lineStarts.Count ? _lineStarts[line] : Text.Length;
        var text = Text[start..end].TrimEnd('\r', '\n');
        _last = new CachedLine(line, text);
        return text;
    }

    /// <summary>The place of a stretch of text; out-of-range values are moved into the text.</summary>
    public SourceSpan Span(int offset, int length)
    {
        offset = Math.Clamp(offset, 0, Text.Length);
        var index = _lineStarts.BinarySearch(offset);
        if (index < 0) index = ~index - 1;
        return new SourceSpan(File, index + 1, offset - _lineStarts[index] + 1, offset, Math.Clamp(length, 0, Text.Length - offset));
    }

    sealed record CachedLine(int Line, string Text);
}
