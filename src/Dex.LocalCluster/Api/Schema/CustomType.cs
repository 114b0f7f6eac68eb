using System.Text.Json.Nodes;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>One version of a CustomResourceDefinition.</summary>
public sealed class CustomType(TypeSchema schema)
{
    /// <summary>The fields of its objects.</summary>
    public TypeSchema Schema { get; } = schema;

    internal JsonObject Prune(JsonObject value, List<string>? unknown)
    {
        _ = unknown;
        return value;
    }

    internal void Default(JsonObject value) => _ = value;
}
