using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Controllers;

/// <summary>What a pod asks for: the sum of its containers, or the largest of its init containers when that is more.</summary>
static class PodResources
{
    /// <param name="pod">The pod.</param>
    /// <param name="kind"><c>requests</c> or <c>limits</c>.</param>
    /// <param name="resource">Such as <c>cpu</c>.</param>
    public static decimal Sum(JsonObject pod, string kind, string resource)
    {
        var sidecars = pod.Items("spec", "initContainers").Where(c => c.Text("restartPolicy") == "Always").Sum(c => Of(c, kind, resource));
        var running = pod.Items("spec", "containers").Sum(c => Of(c, kind, resource)) + sidecars;
        var starting = pod.Items("spec", "initContainers").Where(c => c.Text("restartPolicy") != "Always").Select(c => Of(c, kind, resource)).DefaultIfEmpty().Max();
        return Math.Max(running, starting);
    }

    public static decimal Of(JsonObject container, string kind, string resource) => Amount(container.At("resources", kind, resource));

    /// <summary>A quantity as a number; a manifest may also write it as one.</summary>
    public static decimal Amount(JsonNode? quantity) => quantity is not null && Quantity.TryParse(quantity.ToString(), out var amount) ? amount.Value : 0;
}
