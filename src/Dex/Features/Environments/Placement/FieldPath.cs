using System.Text.Json.Nodes;

namespace Dex.Features.Environments.Placement;

/// <summary>
/// Names the same field in any object of a kind: <c>spec.rules[].http.paths[].backend.service.name</c>. <c>[]</c> is each item of a
/// list, <c>a|b</c> either key, <c>*Ref</c> every key that ends so, <c>**</c> any depth, <c>"a.b/c"</c> a key with dots.
/// </summary>
sealed class FieldPath
{
    readonly IReadOnlyList<Segment> _segments;

    FieldPath(IReadOnlyList<Segment> segments) => _segments = segments;

    sealed record Segment(IReadOnlyList<string> Keys, bool Each)
    {
        public bool IsDeep => Keys is ["**"];

        public string? Single => Keys is [var only] && !only.StartsWith('*') ? only : null;

        public bool Matches(string key) => Keys.Any(wanted => wanted.StartsWith('*') ? key.EndsWith(wanted[1..], StringComparison.Ordinal) : wanted == key);
    }

    /// <summary>Null when the text is no path.</summary>
    public static FieldPath? TryParse(string text)
    {
        var segments = new List<Segment>();
        foreach (var part in Split(text))
        {
            var each = part.EndsWith("[]", StringComparison.Ordinal);
            var keys = (each ? part[..^2] : part).Split('|').Select(key => key.Trim('"')).ToList();
            if (keys.Any(key => key.Length == 0 || key.Contains("[]", StringComparison.Ordinal))) return null;
            segments.Add(new Segment(keys, each));
        }

        return segments.Count == 0 || segments[^1].IsDeep ? null : new FieldPath(segments);
    }

    /// <summary>The path that begins where this one ends.</summary>
    public FieldPath Then(FieldPath rest) => new([.. _segments, .. rest._segments]);

    /// <summary>Every such field of an object; also, with a null value, one that its existing parent lacks.</summary>
    /// <param name="obj">The object.</param>
    /// <param name="create">Makes the maps that lead to the field where they are missing.</param>
    public IReadOnlyList<Slot> In(JsonObject obj, bool create = false)
    {
        var slots = new List<Slot>();
        Walk(obj, 0, create, slots);
        return slots;
    }

    void Walk(JsonObject at, int index, bool create, List<Slot> slots)
    {
        var segment = _segments[index];
        var isLast = index == _segments.Count - 1;
        if (segment.IsDeep)
        {
            foreach (var inner in Descendants(at)) Walk(inner, index + 1, create, slots);
            return;
        }

        if (segment.Single is { } wanted && !at.ContainsKey(wanted))
        {
            if (isLast && !segment.Each) slots.Add(new Slot(at, wanted));
            if (isLast || segment.Each || !create) return;
            at[wanted] = new JsonObject();
        }

        foreach (var key in at.Select(pair => pair.Key).Where(segment.Matches).ToList())
        {
            if (!segment.Each) Enter(at, key, at[key]);
            else if (at[key] is JsonArray list)
            {
                for (var item = 0; item < list.Count; item++) Enter(list, item.ToString(System.Globalization.CultureInfo.InvariantCulture), list[item]);
            }
        }

        void Enter(JsonNode parent, string key, JsonNode? value)
        {
            if (isLast) slots.Add(new Slot(parent, key));
            else if (value is JsonObject map) Walk(map, index + 1, create, slots);
        }
    }

    static IEnumerable<JsonObject> Descendants(JsonNode? node) => node switch
    {
        JsonObject map => map.Select(pair => pair.Value).SelectMany(Descendants).Prepend(map),
        JsonArray list => list.SelectMany(Descendants),
        _ => [],
    };

    static List<string> Split(string text)
    {
        var parts = new List<string> { "" };
        var quoted = false;
        foreach (var character in text)
        {
            if (character == '"') quoted = !quoted;
            if (character == '.' && !quoted) parts.Add("");
            else parts[^1] += character;
        }

        return parts;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('.', _segments.Select(segment => string.Join('|', segment.Keys) + (segment.Each ? "[]" : "")));
}

/// <summary>One field: a key of a map or an item of a list.</summary>
readonly record struct Slot(JsonNode Parent, string Key)
{
    int Index => int.Parse(Key, System.Globalization.CultureInfo.InvariantCulture);

    public JsonNode? Value
    {
        get => Parent is JsonArray list ? list[Index] : Parent[Key];
        set
        {
            if (Parent is JsonArray list) list[Index] = value;
            else Parent[Key] = value;
        }
    }

    public string? Text => Value is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>Another field beside it.</summary>
    public JsonNode? Beside(string key) => Parent is JsonObject map ? map[key] : null;

    public string? TextBeside(string key) => Beside(key) is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
