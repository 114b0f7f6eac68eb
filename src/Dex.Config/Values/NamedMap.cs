using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Dex.Config;

/// <summary>Values by name in the order of the file. Items that people override belong here, not in a list.</summary>
public sealed class NamedMap<T> : IReadOnlyDictionary<string, T>, INamedMap, IEquatable<NamedMap<T>>
{
    // Two lists instead of one of pairs: pairs of each item type would have to be compiled at every start.
    readonly List<string> _names = [];
    readonly List<T> _values = [];
    Dictionary<string, int>? _index;

    /// <inheritdoc/>
    public int Count => _names.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _names;

    /// <inheritdoc/>
    public IEnumerable<T> Values => _values;

    /// <summary>The value of a name. Setting adds the name at the end, or replaces its value in place.</summary>
    public T this[string key]
    {
        get => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"there is no `{key}`");
        set
        {
            if (Index(key) is var at and >= 0) _values[at] = value;
            else Add(key, value);
        }
    }

    /// <summary>Adds a value at the end.</summary>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void Add(string name, T value)
    {
        if (Index(name) >= 0) throw new ArgumentException($"`{name}` is there already", nameof(name));
        _index?.Add(name, _names.Count);
        _names.Add(name);
        _values.Add(value);
    }

    /// <summary>Adds a value at the end.</summary>
    public void Add(KeyValuePair<string, T> item) => Add(item.Key, item.Value);

    /// <inheritdoc/>
    public bool ContainsKey(string key) => Index(key) >= 0;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value)
    {
        var at = Index(key);
        value = at >= 0 ? _values[at] : default;
        return at >= 0;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, T>> GetEnumerator()
    {
        for (var i = 0; i < _names.Count; i++) yield return new(_names[i], _values[i]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    void INamedMap.AddValue(string name, object? value) => Add(name, (T)value!);

    object? INamedMap.ValueAt(int at) => _values[at];

    /// <summary>Same names with equal values in the same order.</summary>
    public bool Equals(NamedMap<T>? other) =>
        other is not null && _names.SequenceEqual(other._names) && _values.SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as NamedMap<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var name in _names) hash.Add(name);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"{{{string.Join(", ", _names.Zip(_values, (name, value) => $"{name}: {value}"))}}}";

    int Index(string key)
    {
        if (_names.Count <= 8) return _names.IndexOf(key);
        if (_index is null)
        {
            _index = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var i = 0; i < _names.Count; i++) _index.Add(_names[i], i);
        }

        return _index.TryGetValue(key, out var at) ? at : -1;
    }
}

/// <summary>Lets the binder fill a map whose item type it knows only at run time.</summary>
interface INamedMap
{
    void AddValue(string name, object? value);

    IEnumerable<string> Keys { get; }

    object? ValueAt(int at);
}
