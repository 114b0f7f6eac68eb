using System.Text;

namespace Dex.Config;

/// <summary>The path of a key as users write it: <c>services.web.env."a.b"</c>, <c>services.web.args[0]</c>.</summary>
static class ConfigPath
{
    /// <summary>The steps; list indexes are steps, too. Null when the text is no path.</summary>
    public static IReadOnlyList<string>? Parse(string text)
    {
        var steps = new List<string>();
        var at = 0;
        while (at < text.Length)
        {
            if (text[at] == '[')
            {
                var close = text.IndexOf(']', at);
                if (close <= at + 1 || steps.Count == 0) return null;
                steps.Add(text[(at + 1)..close]);
                at = close + 1;
            }
            else if (text[at] == '"')
            {
                var close = text.IndexOf('"', at + 1);
                if (close < 0) return null;
                steps.Add(text[(at + 1)..close]);
                at = close + 1;
            }
            else
            {
                var end = text.AsSpan(at).IndexOfAny('.', '[');
                var step = end < 0 ? text[at..] : text[at..(at + end)];
                if (step.Length == 0) return null;
                steps.Add(step);
                at += step.Length;
            }

            if (at < text.Length && text[at] == '.')
            {
                if (++at == text.Length) return null;
            }
            else if (at < text.Length && text[at] != '[')
            {
                return null;
            }
        }

        return steps.Count == 0 ? null : steps;
    }

    /// <summary>A path in its short form.</summary>
    public static string Join(IEnumerable<string> steps)
    {
        var result = new StringBuilder();
        foreach (var step in steps)
        {
            if (result.Length > 0 && !step.StartsWith('[')) result.Append('.');
            result.Append(step);
        }

        return result.ToString();
    }
}
