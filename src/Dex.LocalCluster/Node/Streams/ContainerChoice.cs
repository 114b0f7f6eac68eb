using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Node.Pods;

namespace Dex.LocalCluster.Node.Streams;

/// <summary>Which container of a pod a request means, with the API server's words when it is not clear.</summary>
static class ContainerChoice
{
    public static bool HasHost(JsonObject pod) => !string.IsNullOrEmpty(pod.Text("spec", "nodeName"));

    public static void CheckHost(JsonObject pod)
    {
        if (!HasHost(pod)) throw StreamErrors.BadRequest($"pod {pod.Name()} does not have a host assigned");
    }

    public static string Choose(JsonObject pod, string? wanted)
    {
        var main = pod.Items("spec", "containers").Select(c => c.Text("name") ?? "").ToList();
        if (!string.IsNullOrEmpty(wanted))
        {
            return PodFields.AllContainers(pod).Any(c => c.Text("name") == wanted) ? wanted : throw StreamErrors.BadRequest($"container {wanted} is not valid for pod {pod.Name()}");
        }
        if (main.Count == 1) return main[0];
        var init = pod.Items("spec", "initContainers").Select(c => c.Text("name") ?? "").ToList();
        var also = init.Count == 0 ? "" : $" or one of the init containers: [{string.Join(' ', init)}]";
        throw StreamErrors.BadRequest($"a container name must be specified for pod {pod.Name()}, choose one of: [{string.Join(' ', main)}]{also}");
    }
}

static class StreamErrors
{
    public static ApiException BadRequest(string message) => new(new ApiStatus(400, "BadRequest", message));

    public static ApiException NotFound(string message) => new(new ApiStatus(404, "NotFound", message));

    public static ApiException Internal(string message) => new(new ApiStatus(500, "InternalError", message));
}
