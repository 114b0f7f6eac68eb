using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>
/// The part of kubectl's JSONPath that definitions use: <c>.a.b</c>, <c>['a.b']</c>, <c>\.</c>, <c>[0]</c>, <c>[-1]</c>, <c>[*]</c> and
/// <c>[?(@.type=="Ready")]</c>.
/// </summary>
sealed class JsonPath
{
    readonly List<Func<JsonNode, IEnumerable<JsonNode?>>> _steps = [];

    /// <summary>Reads a path; one that is not understood finds nothing.</summary>
    public static JsonPath Parse(string text)
    {
        var path = new JsonPath();
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '[')
            {
                var close = Close(text, i);
                if (close < 0)
                    return Nothing();
                path.Bracket(text[(i + 1)..close].Trim());
                i = close + 1;
            }
            else
            {
                i += text[i] == '.' ? 1 : 0;
                var name = new System.Text.StringBuilder();
                for (; i < text.Length && text[i] is not ('.' or '['); i++)
                {
                    i += text[i] == '\\' && i + 1 < text.Length ? 1 : 0;
                    name.Append(text[i]);
                }

                if (name.Length > 0)
                    path.Key(name.ToString());
            }
        }

        return path;
    }

    /// <summary>Everything it finds.</summary>
    public IEnumerable<JsonNode> Find(JsonNode root) =>
        _steps.Aggregate((IEnumerable<JsonNode>)[root], (found, step) => found.SelectMany(step).OfType<JsonNode>());

    /// <summary>The first thing it finds, or null.</summary>
    public JsonNode? First(JsonNode root) => Find(root).FirstOrDefault();

    static JsonPath Nothing()
    {
        var path = new JsonPath();
        path._steps.Add(_ => []);
        return path;
    }

    static int Close(string text, int open)
    {
        var quote = '\0';
        for (var i = open + 1; i < text.Length; i++)
        {
            if (quote != '\0')
                quote = text[i] == quote ? '\0' : quote;
            else if (text[i] is '\'' or '"')
                quote = text[i];
            else if (text[i] == ']')
                return i;
        }

        return -1;
    }

    void Key(string name)
    {
        if (name == "*")
            _steps.Add(Children);
        else
            _steps.Add(node => node is JsonObject map ? [map[name]] : []);
    }

    static IEnumerable<JsonNode?> Children(JsonNode node) => node switch
    {
        JsonArray list => list,
        JsonObject map => map.Select(p => p.Value),
        _ => [],
    };

    void Bracket(string inside)
    {
        if (inside == "*")
            _steps.Add(Children);
        else if (int.TryParse(inside, out var index))
            _steps.Add(node => node is JsonArray list && (index < 0 ? list.Count + index : index) is var at && at >= 0 && at < list.Count ? [list[at]] : []);
        else if (inside.StartsWith("?(", StringComparison.Ordinal) && inside.EndsWith(')'))
            Filter(inside[2..^1]);
        else
            Key(inside.Trim('\'', '"'));
    }

    void Filter(string condition)
    {
        var at = condition.IndexOf("==", StringComparison.Ordinal) is var equal and >= 0 ? equal : condition.IndexOf("!=", StringComparison.Ordinal);
        if (at < 0)
        {
            var exists = Parse(condition.Trim().TrimStart('@'));
            _steps.Add(node => Children(node).Where(item => item is not null && exists.First(item) is not null));
            return;
        }

        var left = Parse(condition[..at].Trim().TrimStart('@'));
        var wanted = condition[(at + 2)..].Trim().Trim('\'', '"');
        var negate = condition[at] == '!';
        _steps.Add(node => Children(node).Where(item => item is not null && (Text(left.First(item)) == wanted) != negate));
    }

    static string? Text(JsonNode? node) => Scalars.Text(node) ?? node?.ToJsonString();
}
