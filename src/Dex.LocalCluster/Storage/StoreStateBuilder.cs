using System.Collections.Immutable;

namespace Dex.LocalCluster.Storage;

/// <summary>Builds a state from many objects at once.</summary>
sealed class StoreStateBuilder
{
    readonly Dictionary<string, Dictionary<string, ImmutableSortedDictionary<string, StoredObject>.Builder>> _resources = new(StringComparer.Ordinal);

    public void Add(StoredObject stored)
    {
        if (!_resources.TryGetValue(stored.Key.Resource, out var namespaces))
            _resources[stored.Key.Resource] = namespaces = new(StringComparer.Ordinal);
        if (!namespaces.TryGetValue(stored.Key.Namespace, out var names))
            namespaces[stored.Key.Namespace] = names = ImmutableSortedDictionary.CreateBuilder<string, StoredObject>(StringComparer.Ordinal);
        names[stored.Key.Name] = stored;
    }

    public StoreState Build(long revision) => new(revision, _resources.ToImmutableDictionary(
        r => r.Key,
        r => r.Value.ToImmutableSortedDictionary(n => n.Key, n => n.Value.ToImmutable(), StringComparer.Ordinal),
        StringComparer.Ordinal));
}
