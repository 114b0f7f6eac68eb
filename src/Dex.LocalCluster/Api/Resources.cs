
namespace Dex.LocalCluster.Api;

/// <summary>Holds the catalog that is served right now.</summary>
internal sealed class Resources
{
    public ResourceCatalog Catalog { get; set; } = ResourceCatalog.BuiltIn;

    /// <summary>The type a stored resource is written as.</summary>
    /// <exception cref="ApiException">No such resource is served.</exception>
    public ResourceType Stored(string resource) => Catalog.Stored(resource) ?? throw ApiErrors.UnknownResource();
}
