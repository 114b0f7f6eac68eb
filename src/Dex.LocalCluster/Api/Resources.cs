
namespace Dex.LocalCluster.Api;

/// <summary>Holds the catalog that is served right now.</summary>
sealed class Resources
{
    public ResourceCatalog Catalog { get; set; } = ResourceCatalog.BuiltIn;

    /// <summary>What is served besides the built-in types in every catalog, such as the metrics of a node that is there.</summary>
    public IReadOnlyList<ResourceType> Additional { get; set; } = [];

    /// <summary>The type a stored resource is written as.</summary>
    /// <exception cref="ApiException">No such resource is served.</exception>
    public ResourceType Stored(string resource) => Catalog.Stored(resource) ?? throw ApiErrors.UnknownResource();
}
