namespace Dex.LocalCluster.Api.Schema;

/// <summary>The schemas of the built-in kinds (Kubernetes 1.32, stable versions).</summary>
public static class Schemas
{
    /// <summary>Every kind's metadata.</summary>
    public static TypeSchema ObjectMeta { get; } = TypeTable.Struct("meta/v1.ObjectMeta");

    /// <summary>The body of a delete.</summary>
    public static TypeSchema DeleteOptions { get; } = TypeTable.Struct("meta/v1.DeleteOptions");

    /// <summary>The fields of a kind, served as a resource or not (<c>Scale</c>, <c>Eviction</c>, <c>TokenRequest</c>); null when unknown.</summary>
    public static TypeSchema? Find(string group, string version, string kind) => TypeTable.Find(group, version, kind);
}
