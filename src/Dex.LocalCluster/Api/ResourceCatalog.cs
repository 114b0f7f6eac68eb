using System.Collections.Frozen;

namespace Dex.LocalCluster.Api;

/// <summary>The resources served at one moment. Replaced as a whole when a CustomResourceDefinition comes or goes.</summary>
sealed class ResourceCatalog
{
    readonly FrozenDictionary<(string GroupVersion, string Plural), ResourceType> _byPath;
    readonly FrozenDictionary<string, ResourceType> _byStorage;

    public ResourceCatalog(IReadOnlyList<ResourceType> types)
    {
        Types = types;
        _byPath = types.ToFrozenDictionary(t => (t.GroupVersion, t.Plural));
        _byStorage = types.Where(t => !t.Virtual).GroupBy(t => t.Storage, StringComparer.Ordinal)
            .ToFrozenDictionary(g => g.Key, g => g.FirstOrDefault(t => t.GroupVersion == t.StorageVersion) ?? g.First(), StringComparer.Ordinal);
        Groups = types.Select(t => t.Group).ToHashSet(StringComparer.Ordinal);
        GroupVersions = types.Select(t => t.GroupVersion).ToHashSet(StringComparer.Ordinal);
    }

    public static ResourceCatalog BuiltIn { get; } = new(BuiltInResources.All);

    public IReadOnlyList<ResourceType> Types { get; }
    public IReadOnlySet<string> Groups { get; }
    public IReadOnlySet<string> GroupVersions { get; }

    public ResourceType? Find(string groupVersion, string plural) => _byPath.GetValueOrDefault((groupVersion, plural));

    /// <summary>The type in whose version a resource is stored.</summary>
    public ResourceType? Stored(string resource) => _byStorage.GetValueOrDefault(resource);
}
