using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Apply;

/// <summary>
/// The step from <c>kubectl apply</c> to <c>kubectl apply --server-side</c>: what kubectl itself applied before, and nobody changed
/// since, is no conflict for it, whatever manager it is recorded under.
/// </summary>
static class LastApplied
{
    const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>The fields of the annotation that still have its values; null when there is nothing to yield.</summary>
    public static FieldSet? Fields(TypeSchema schema, JsonObject live, string manager)
    {
        if (manager != "kubectl" || live.Annotation(Annotation) is not { } text || Parse(text) is not { } config)
            return null;
        var comparison = ObjectComparison.Between(schema, config, live);
        return FieldSetBuilder.Of(schema, config).Difference(comparison.Modified).Difference(comparison.Added).Difference(comparison.Removed);
    }

    static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
