using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Api.Patch;
using Dex.LocalCluster.Api.Schema;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Subresources;

/// <summary>The scale of a workload or custom resource as an <c>autoscaling/v1 Scale</c> (kubectl scale, autoscalers).</summary>
sealed class ScaleHandler(ObjectWriter writer)
{
    static readonly GroupVersionKind Kind = new("autoscaling", "v1", "Scale");

    public async Task HandleAsync(ApiRequest request)
    {
        switch (request.Info.Verb)
        {
            case "get":
                var stored = writer.Store.Visible.Get(request.Key) ?? throw ApiErrors.NotFound(request.Type, request.Info.Name);
                await AnswerAsync(request, stored);
                break;
            case "update":
                var body = await BodyDecoder.DecodeAsync(request, Kind, Schemas.Find("autoscaling", "v1", "Scale")!);
                await UpdateAsync(request, _ => body, "UpdateOptions");
                break;
            case "patch":
                var bytes = await RequestBody.ReadAsync(request.Http);
                await UpdateAsync(request, PatchOf(request, bytes), "PatchOptions");
                break;
            default:
                throw ApiErrors.MethodNotAllowed();
        }
    }

    static Func<JsonObject, JsonObject> PatchOf(ApiRequest request, ReadOnlyMemory<byte> bytes)
    {
        var media = RequestBody.MediaType(request.Http.Request);
        var patch = PatchBody.Parse(bytes, media);
        if (media == PatchBody.Json)
            return scale => JsonPatch.Apply(scale, JsonPatch.Parse(patch)) as JsonObject ?? throw ApiErrors.RejectedPatch();
        if (media is not (PatchBody.Merge or PatchBody.Strategic or PatchBody.Apply))
            throw PatchBody.Unsupported();
        // A Scale has no lists: strategic merge and apply come down to a merge.
        var fields = patch as JsonObject ?? throw ApiErrors.BadRequest("error decoding patch: the patch is not an object");
        return scale =>
        {
            MergePatch.Apply(scale, fields);
            return scale;
        };
    }

    async Task UpdateAsync(ApiRequest request, Func<JsonObject, JsonObject> change, string optionsKind)
    {
        JsonObject Scaled(StoredObject stored, JsonObject live)
        {
            var scale = change(ScaleOf(request.Type, stored, live));
            var replicas = scale.Number("spec", "replicas") ?? 0;
            if (replicas < 0)
                throw ApiErrors.Invalid(Kind.Group, Kind.Kind, request.Info.Name, [new StatusCause("FieldValueInvalid", $"Invalid value: {replicas}: must be greater than or equal to 0", "spec.replicas")]);
            live.Metadata()["resourceVersion"] = scale.ResourceVersion() is { Length: > 0 } revision ? revision : live.ResourceVersion();
            Set(live, SpecPath(request.Type), replicas);
            return live;
        }
        var result = await writer.UpdateAsync(request.Type, request.Key, Scaled, request.WriteOptions(optionsKind), request.Aborted);
        await AnswerAsync(request, result.Object);
    }

    static Task AnswerAsync(ApiRequest request, StoredObject stored) =>
        ResponseWriter.WriteAsync(request.Http, 200, ScaleOf(request.Type, stored, stored.ToJson()), request.Form);

    static JsonObject ScaleOf(ResourceType type, StoredObject stored, JsonObject body)
    {
        var metadata = new JsonObject { ["name"] = stored.Key.Name };
        if (stored.Key.Namespace.Length > 0)
            metadata["namespace"] = stored.Key.Namespace;
        metadata["uid"] = stored.Uid;
        metadata["resourceVersion"] = stored.Revision.ToString();
        metadata["creationTimestamp"] = body.Text("metadata", "creationTimestamp");
        var spec = new JsonObject();
        if (body.Number(SpecPath(type)) is { } wanted and not 0)
            spec["replicas"] = wanted;
        var status = new JsonObject { ["replicas"] = body.Number(StatusPath(type)) ?? 0 };
        if (SelectorOf(type, body) is { Length: > 0 } selector)
            status["selector"] = selector;
        return new JsonObject { ["kind"] = "Scale", ["apiVersion"] = "autoscaling/v1", ["metadata"] = metadata, ["spec"] = spec, ["status"] = status };
    }

    static string SelectorOf(ResourceType type, JsonObject body)
    {
        if (type.Definition is { } custom)
            return custom.Scale is { LabelSelector.Length: > 0 } scale ? body.Text(Steps(scale.LabelSelector)) ?? "" : "";
        if (type.Plural == "replicationcontrollers")
            return LabelSelector.For(body.TextMap("spec", "selector")).ToString();
        return body.Object("spec", "selector") is { } selector ? LabelSelector.From(selector).ToString() : "";
    }

    static string[] SpecPath(ResourceType type) => type.Definition?.Scale is { } scale ? Steps(scale.SpecReplicas) : ["spec", "replicas"];

    static string[] StatusPath(ResourceType type) => type.Definition?.Scale is { } scale ? Steps(scale.StatusReplicas) : ["status", "replicas"];

    static string[] Steps(string path) => path.Split('.', StringSplitOptions.RemoveEmptyEntries);

    static void Set(JsonObject body, string[] path, long value)
    {
        foreach (var step in path[..^1])
            body = body.Child(step);
        body[path[^1]] = value;
    }
}
