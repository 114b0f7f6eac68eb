using System.Text;

namespace Dex.Terminal;

/// <summary>Rows under headings, aligned by spaces as kubectl and docker print them, so that <c>awk</c> and eyes both can read them.</summary>
public sealed class Table(params string[] headings)
{
    readonly List<string[]> _rows = [];

    /// <summary>Adds a row; an empty cell is shown as <c>-</c>.</summary>
    public Table Row(params string?[] cells)
    {
        _rows.Add(cells.Select(cell => string.IsNullOrEmpty(cell) ? "-" : cell).ToArray());
        return this;
    }

    /// <summary>Whether there is no row.</summary>
    public bool IsEmpty => _rows.Count == 0;

    /// <summary>The lines, without trailing spaces.</summary>
    public IEnumerable<string> Lines()
    {
        var widths = headings.Select((heading, column) => _rows.Select(row => row[column].Length).Append(heading.Length).Max()).ToArray();
        foreach (var row in _rows.Prepend(headings))
        {
            var line = new StringBuilder();
            for (var column = 0; column < row.Length; column++) line.Append(row[column].PadRight(widths[column] + 2));
            yield return line.ToString().TrimEnd();
        }
    }
}
