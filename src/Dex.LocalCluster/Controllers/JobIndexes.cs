using System.Globalization;
using System.Text;

namespace Dex.LocalCluster.Controllers;

/// <summary>Sets of completion indexes as a Job's status writes them: <c>0-2,4</c>.</summary>
static class JobIndexes
{
    public static SortedSet<int> Parse(string? text)
    {
        var indexes = new SortedSet<int>();
        foreach (var range in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = range.Split('-');
            if (int.TryParse(ends[0], CultureInfo.InvariantCulture, out var first) && int.TryParse(ends[^1], CultureInfo.InvariantCulture, out var last))
                indexes.UnionWith(Enumerable.Range(first, Math.Max(0, last - first + 1)));
        }

        return indexes;
    }

    public static string Format(SortedSet<int> indexes)
    {
        var text = new StringBuilder();
        int? first = null;
        int last = 0;
        void Close()
        {
            if (first is { } start)
            {
                text.Append(text.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{start}");
                text.Append(last == start ? "" : (last == start + 1 ? "," : "-") + last.ToString(CultureInfo.InvariantCulture));
            }
        }

        foreach (var index in indexes)
        {
            if (first is null || index != last + 1)
            {
                Close();
                first = index;
            }

            last = index;
        }

        Close();
        return text.ToString();
    }
}
