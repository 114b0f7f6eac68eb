using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Dex.Config;

/// <summary>Values by name in the order of the file. Items that people override belong here, not in a list.</summary>
public sealed class NamedMap<T> : IReadOnlyDictionary<string, T>, INamedMap, IEquatable<NamedMap<T>>
{
    private readonly List<KeyValuePair<string, T>> items = [];
    private Dictionary<string, int>? index;

    /// <inheritdoc/>
    public int Count => items.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => items.Select(i => i.Key);

    /// <inheritdoc/>
    public IEnumerable<T> Values => items.Select(i => i.Value);

    /// <summary>The value of a name. Setting adds the name at the end, or replaces its value in place.</summary>
    public T this[string key]
    {
        get => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"there is no `{key}`");
        set
        {
            if (Index(key) is var at and >= 0) items[at] = new(key, value);
            else Add(key, value);
        }
    }

    /// <summary>Adds a value at the end.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void Add(string name, T value)
    {
        if (Index(name) >= 0) throw new ArgumentException($"`{name}` is there already", nameof(name));
        index?.Add(name, items.Count);
        items.Add(new(name, value));
    }

    /// <summary>Adds a value at the end.</summary>
    public void Add(KeyValuePair<string, T> item) => Add(item.Key, item.Value);

    /// <inheritdoc/>
    public bool ContainsKey(string key) => Index(key) >= 0;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value)
    {
        var at = Index(key);
        value = at >= 0 ? items[at].Value : default;
        return at >= 0;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();

    void INamedMap.AddValue(string name, object? value) => Add(name, (T)value!);

    IEnumerable<KeyValuePair<string, object?>> INamedMap.Pairs() => items.Select(i => new KeyValuePair<string, object?>(i.Key, i.Value));

    /// <summary>Same names with equal values in the same order.</summary>
    public bool Equals(NamedMap<T>? other) =>
        other is not null && items.Count == other.items.Count
        && items.Zip(other.items).All(p => p.First.Key == p.Second.Key && EqualityComparer<T>.Default.Equals(p.First.Value, p.Second.Value));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NamedMap<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in items) hash.Add(item.Key);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{{{string.Join(", ", items.Select(i => $"{i.Key}: {i.Value}"))}}}";

    private int Index(string key)
    {
        if (items.Count <= 8) return items.FindIndex(i => i.Key == key);
        if (index is null)
        {
            index = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var i = 0; i < items.Count; i++) index.Add(items[i].Key, i);
        }

        return index.TryGetValue(key, out var at) ? at : -1;
    }
}

/// <summary>Lets the binder fill a map whose item type it knows only at run time.</summary>
internal interface INamedMap
{
    void AddValue(string name, object? value);

    IEnumerable<KeyValuePair<string, object?>> Pairs();
}
