using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Patch;

namespace Dex.LocalCluster.Api.Http;

/// <summary>PATCH by the media type of its body.</summary>
internal sealed class PatchHandler(ObjectWriter writer)
{
    const string Json = "application/json-patch+json", Merge = "application/merge-patch+json",
        Strategic = "application/strategic-merge-patch+json", Apply = "application/apply-patch+yaml";

    public async Task HandleAsync(ApiRequest request)
    {
        var media = RequestBody.MediaType(request.Http.Request);
        var type = request.Type;
        if (media is not (Json or Merge or Strategic or Apply))
            throw new ApiException(new ApiStatus(415, "UnsupportedMediaType", "415: Unsupported Media Type", new StatusDetails()));
        if (media == Strategic && type.Custom)
            throw ApiErrors.UnsupportedMediaType(Json, Merge, Apply);
        var options = request.WriteOptions("PatchOptions");
        var bytes = await RequestBody.ReadAsync(request.Http);
        var change = Change(media, Parse(bytes));
        var result = await writer.UpdateAsync(type, request.Key, (_, live) => VersionConversion.ToStored(type, change(VersionConversion.FromStored(type, live))), options, request.Aborted);
        await WriteHandler.AnswerAsync(request, result.Object, 200);
    }

    static Func<JsonObject, JsonObject> Change(string media, JsonNode? patch)
    {
        if (media == Json)
        {
            var operations = JsonPatch.Parse(patch);
            return live => JsonPatch.Apply(live, operations) as JsonObject ?? throw ApiErrors.RejectedPatch();
        }
        var fields = patch as JsonObject ?? throw ApiErrors.BadRequest("error decoding patch: json: cannot unmarshal the patch into an object");
        return live =>
        {
            MergePatch.Apply(live, fields);
            return live;
        };
    }

    static JsonNode? Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return JsonNode.Parse(bytes.Span);
        }
        catch (JsonException exception)
        {
            throw ApiErrors.BadRequest($"error decoding patch: {exception.Message}");
        }
    }
}
