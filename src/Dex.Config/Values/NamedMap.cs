using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Dex.Config;

/// <summary>Values by name in the order of the file. Items that people override belong here, not in a list.</summary>
public sealed class NamedMap<T> : IReadOnlyDictionary<string, T>, INamedMap, IEquatable<NamedMap<T>>
{
    // Two lists instead of one of pairs: pairs of each item type would have to be compiled at every start.
    private readonly List<string> names = [];
    private readonly List<T> values = [];
    private Dictionary<string, int>? index;

    /// <inheritdoc/>
    public int Count => names.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => names;

    /// <inheritdoc/>
    public IEnumerable<T> Values => values;

    /// <summary>The value of a name. Setting adds the name at the end, or replaces its value in place.</summary>
    public T this[string key]
    {
        get => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"there is no `{key}`");
        set
        {
            if (Index(key) is var at and >= 0) values[at] = value;
            else Add(key, value);
        }
    }

    /// <summary>Adds a value at the end.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void Add(string name, T value)
    {
        if (Index(name) >= 0) throw new ArgumentException($"`{name}` is there already", nameof(name));
        index?.Add(name, names.Count);
        names.Add(name);
        values.Add(value);
    }

    /// <summary>Adds a value at the end.</summary>
    public void Add(KeyValuePair<string, T> item) => Add(item.Key, item.Value);

    /// <inheritdoc/>
    public bool ContainsKey(string key) => Index(key) >= 0;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value)
    {
        var at = Index(key);
        value = at >= 0 ? values[at] : default;
        return at >= 0;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, T>> GetEnumerator()
    {
        for (var i = 0; i < names.Count; i++) yield return new(names[i], values[i]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    void INamedMap.AddValue(string name, object? value) => Add(name, (T)value!);

    object? INamedMap.ValueAt(int at) => values[at];

    /// <summary>Same names with equal values in the same order.</summary>
    public bool Equals(NamedMap<T>? other) =>
        other is not null && names.SequenceEqual(other.names) && values.SequenceEqual(other.values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NamedMap<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var name in names) hash.Add(name);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{{{string.Join(", ", names.Zip(values, (name, value) => $"{name}: {value}"))}}}";

    private int Index(string key)
    {
        if (names.Count <= 8) return names.IndexOf(key);
        if (index is null)
        {
            index = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var i = 0; i < names.Count; i++) index.Add(names[i], i);
        }

        return index.TryGetValue(key, out var at) ? at : -1;
    }
}

/// <summary>Lets the binder fill a map whose item type it knows only at run time.</summary>
internal interface INamedMap
{
    void AddValue(string name, object? value);

    IEnumerable<string> Keys { get; }

    object? ValueAt(int at);
}
