using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Apply;

/// <summary>A set of field paths as a trie; a node is a member when its own path is in the set. Written and read as FieldsV1.</summary>
sealed class FieldSet
{
    static readonly SortedDictionary<string, FieldSet> None = new(StringComparer.Ordinal);

    SortedDictionary<string, FieldSet>? _children;

    public bool IsMember { get; set; }

    public IReadOnlyDictionary<string, FieldSet> Children => _children ?? None;

    public bool IsEmpty => !IsMember && Children.Values.All(c => c.IsEmpty);

    /// <summary>The node of a step, made when absent.</summary>
    public FieldSet At(string element)
    {
        _children ??= new SortedDictionary<string, FieldSet>(StringComparer.Ordinal);
        if (!_children.TryGetValue(element, out var child))
            _children[element] = child = new FieldSet();
        return child;
    }

    public FieldSet? Find(string element) => _children?.GetValueOrDefault(element);

    public FieldSet Union(FieldSet other) => Combine(other, static (a, b) => a || b);

    public FieldSet Difference(FieldSet other) => Combine(other, static (a, b) => a && !b);

    public FieldSet Intersection(FieldSet other) => Combine(other, static (a, b) => a && b);

    /// <summary>Only what is below the first steps that <paramref name="predicate"/> accepts.</summary>
    public FieldSet Where(Func<string, bool> predicate)
    {
        var kept = new FieldSet();
        foreach (var (element, child) in Children)
        {
            if (predicate(element))
                kept.Attach(element, child);
        }
        return kept;
    }

    /// <summary>Every member's path, in the notation of messages.</summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        if (IsMember)
            yield return prefix;
        foreach (var (element, child) in Children)
        {
            foreach (var path in child.Paths(prefix + PathElement.Display(element)))
                yield return path;
        }
    }

    /// <summary>
    /// With every struct field on the way to a member as a member itself: owning a field of a struct is owning that the struct is
    /// there, while maps and list items are owned only explicitly.
    /// </summary>
    public FieldSet WithNamedFields(TypeSchema? schema)
    {
        var result = new FieldSet { IsMember = IsMember };
        foreach (var (element, child) in Children)
        {
            var (childSchema, isNamed) = Step(schema, element);
            var copy = child.WithNamedFields(childSchema);
            if (copy.IsEmpty)
                continue;
            copy.IsMember |= isNamed;
            result.Attach(element, copy);
        }
        return result;
    }

    static (TypeSchema? Schema, bool IsNamed) Step(TypeSchema? schema, string element)
    {
        if (schema is null)
            return (null, false);
        if (!PathElement.IsField(element))
            return (schema.Element, false);
        var name = element[2..];
        return (schema.Child(name), schema.Kind == SchemaKind.Struct && schema.Field(name) is not null);
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        if (IsMember && Children.Count > 0)
            json["."] = new JsonObject();
        foreach (var (element, child) in Children)
            json[element] = child.ToJson();
        return json;
    }

    public static FieldSet FromJson(JsonObject json)
    {
        var set = Read(json);
        set.IsMember = json.ContainsKey(".");
        return set;
    }

    static FieldSet Read(JsonObject json)
    {
        var set = new FieldSet { IsMember = json.Count == 0 || json.ContainsKey(".") };
        foreach (var (element, value) in json)
        {
            if (element != "." && value is JsonObject nested)
                set.Attach(element, Read(nested));
        }
        return set;
    }

    FieldSet Combine(FieldSet other, Func<bool, bool, bool> rule)
    {
        var result = new FieldSet { IsMember = rule(IsMember, other.IsMember) };
        var empty = new FieldSet();
        foreach (var element in Children.Keys.Union(other.Children.Keys, StringComparer.Ordinal))
        {
            var combined = (Find(element) ?? empty).Combine(other.Find(element) ?? empty, rule);
            if (!combined.IsEmpty)
                result.Attach(element, combined);
        }
        return result;
    }

    void Attach(string element, FieldSet child)
    {
        _children ??= new SortedDictionary<string, FieldSet>(StringComparer.Ordinal);
        _children[element] = child;
    }
}
