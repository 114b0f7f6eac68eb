namespace Dex.Yaml;

/// <summary>Knows, line by line, which lines are the content of a `|` or `>` scalar.</summary>
internal sealed class BlockScalarLines
{
    private int parentIndent = -1;

    /// <summary>Feed the lines in order; true when the line is content.</summary>
    public bool Contains(string line)
    {
        var indent = line.AsSpan().IndexOfAnyExcept(' ');
        if (parentIndent >= 0 && (indent < 0 || indent > parentIndent)) return true;
        parentIndent = -1;
        var text = line.AsSpan().TrimEnd();
        if (text.IsEmpty || indent < 0 || text[indent] == '#') return false;
        var header = text.LastIndexOf(' ') + 1;
        if (header > 0 && text[header..] is ['|' or '>', ..] and { Length: <= 3 }) parentIndent = indent;
        return false;
    }
}
