namespace Dex.Yaml;

/// <summary>Knows, line by line, which lines are the content of a `|` or `>` scalar.</summary>
sealed class BlockScalarLines
{
    int _parentIndent = -1;

    /// <summary>Feed the lines in order; true when the line is content.</summary>
    public bool Contains(string line)
    {
        var indent = line.AsSpan().IndexOfAnyExcept(' ');
        if (_parentIndent >= 0 && (indent < 0 || indent > _parentIndent)) return true;
        _parentIndent = -1;
        var text = line.AsSpan().TrimEnd();
        if (text.IsEmpty || indent < 0 || text[indent] == '#') return false;
        var header = text.LastIndexOf(' ') + 1;
        if (header > 0 && text[header..] is ['|' or '>', ..] and { Length: <= 3 }) _parentIndent = indent;
        return false;
    }
}
