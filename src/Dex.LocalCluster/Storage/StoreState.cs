using System.Collections.Immutable;
using NameMap = System.Collections.Immutable.ImmutableSortedDictionary<string, Dex.LocalCluster.Storage.StoredObject>;

namespace Dex.LocalCluster.Storage;

/// <summary>Everything in the store at one revision. Immutable, so holding one is a consistent snapshot that costs nothing.</summary>
sealed record StoreState(long Revision, ImmutableDictionary<string, ImmutableSortedDictionary<string, NameMap>> Resources)
{
    static readonly NameMap NoNames = NameMap.Empty.WithComparers(StringComparer.Ordinal);
    static readonly ImmutableSortedDictionary<string, NameMap> NoNamespaces = ImmutableSortedDictionary.Create<string, NameMap>(StringComparer.Ordinal);

    /// <summary>Revision 1, like a fresh etcd: the first write is 2, and 0 keeps its meaning of "any".</summary>
    public static readonly StoreState Empty = new(1, ImmutableDictionary.Create<string, ImmutableSortedDictionary<string, NameMap>>(StringComparer.Ordinal));

    public StoredObject? Get(ObjectKey key) => Names(key.Resource, key.Namespace).GetValueOrDefault(key.Name);

    /// <summary>The objects of a resource in key order; of one namespace unless it is empty.</summary>
    public IEnumerable<StoredObject> List(string resource, string ns)
    {
        if (ns.Length > 0)
            return Names(resource, ns).Values;
        return Namespaces(resource).Values.SelectMany(names => names.Values);
    }

    public int Count(string resource, string ns) =>
        ns.Length > 0 ? Names(resource, ns).Count : Namespaces(resource).Values.Sum(names => names.Count);

    public StoreState With(StoredObject changed) => Replace(changed, Names(changed.Key.Resource, changed.Key.Namespace).SetItem(changed.Key.Name, changed));

    public StoreState Without(StoredObject deleted) => Replace(deleted, Names(deleted.Key.Resource, deleted.Key.Namespace).Remove(deleted.Key.Name));

    StoreState Replace(StoredObject changed, NameMap names)
    {
        var namespaces = Namespaces(changed.Key.Resource);
        namespaces = names.IsEmpty ? namespaces.Remove(changed.Key.Namespace) : namespaces.SetItem(changed.Key.Namespace, names);
        return new StoreState(Math.Max(Revision, changed.Revision), Resources.SetItem(changed.Key.Resource, namespaces));
    }

    ImmutableSortedDictionary<string, NameMap> Namespaces(string resource) => Resources.GetValueOrDefault(resource, NoNamespaces);

    NameMap Names(string resource, string ns) => Namespaces(resource).GetValueOrDefault(ns, NoNames);
}
