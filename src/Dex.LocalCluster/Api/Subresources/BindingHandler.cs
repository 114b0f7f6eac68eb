using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Api.Schema;

namespace Dex.LocalCluster.Api.Subresources;

/// <summary>Assigns a pod to a node, once.</summary>
sealed class BindingHandler(Registry registry)
{
    public async Task HandleAsync(ApiRequest request)
    {
        var body = await BodyDecoder.DecodeAsync(request, new GroupVersionKind("", "v1", "Binding"), Schemas.Find("", "v1", "Binding")!);
        var node = body.Text("target", "name") ?? "";
        var pods = request.Type.Plural == "pods" ? request.Type : null;
        var name = pods is null ? body.Name() : request.Info.Name;
        var bound = await registry.UpdateAsync(new("pods", request.Namespace, name), pod => Bind(pod, node, request.Time), "binding", request.Aborted);
        if (bound is null)
            throw new ApiException(new ApiStatus(404, "NotFound", $"pods \"{name}\" not found", new StatusDetails { Name = name, Kind = "pods" }));
        await ResponseWriter.WriteAsync(request.Http, 201, ApiStatus.Success(), request.Form);
    }

    static bool Bind(JsonObject pod, string node, TimeProvider time)
    {
        if (pod.Text("spec", "nodeName") is { Length: > 0 } already)
            throw new ApiException(new ApiStatus(409, "Conflict", $"Operation cannot be fulfilled on pods/binding \"{pod.Name()}\": pod {pod.Name()} is already assigned to node \"{already}\"",
                new StatusDetails { Name = pod.Name(), Kind = "pods/binding" }));
        pod.Child("spec")["nodeName"] = node;
        var status = pod.Child("status");
        var conditions = new JsonArray([.. pod.Items("status", "conditions").Where(c => c.Text("type") != "PodScheduled").Select(c => (JsonNode)c.Copy())]);
        conditions.Add((JsonNode)new JsonObject { ["type"] = "PodScheduled", ["status"] = "True", ["lastProbeTime"] = null, ["lastTransitionTime"] = ObjectMetadata.Now(time) });
        status["conditions"] = conditions;
        return true;
    }
}
