using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Apply;
using Dex.LocalCluster.Api.Patch;
using Dex.LocalCluster.Api.Schema;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Http;

/// <summary>PATCH by the media type of its body.</summary>
sealed class PatchHandler(ObjectWriter writer, FieldOwnership ownership)
{
    public async Task HandleAsync(ApiRequest request)
    {
        var media = RequestBody.MediaType(request.Http.Request);
        if (media is not (PatchBody.Json or PatchBody.Merge or PatchBody.Strategic or PatchBody.Apply))
            throw PatchBody.Unsupported();
        if (media == PatchBody.Strategic && request.Type.Custom)
            throw ApiErrors.UnsupportedMediaType(PatchBody.Json, PatchBody.Merge, PatchBody.Apply);
        var options = request.WriteOptions("PatchOptions");
        var bytes = await RequestBody.ReadAsync(request.Http);
        if (media == PatchBody.Apply)
            await ApplyAsync(request, bytes, options);
        else
            await PatchAsync(request, media, bytes, options);
    }

    async Task PatchAsync(ApiRequest request, string media, ReadOnlyMemory<byte> bytes, WriteOptions options)
    {
        var type = request.Type;
        var change = Change(type, media, PatchBody.Parse(bytes, media));
        var isReported = false;
        JsonObject Patched(StoredObject stored, JsonObject live)
        {
            var patched = change(VersionConversion.FromStored(type, live));
            // Once, not again for every writer that comes in between.
            if (!isReported)
                ReportUnknown(request, patched, bytes);
            isReported = true;
            return VersionConversion.ToStored(type, patched);
        }
        var result = await writer.UpdateAsync(type, request.Key, Patched, options, request.Aborted);
        await WriteHandler.AnswerAsync(request, result.Object, 200);
    }

    async Task ApplyAsync(ApiRequest request, ReadOnlyMemory<byte> bytes, WriteOptions options)
    {
        if (request.Query("fieldManager").Length == 0)
            throw ApiErrors.Invalid("meta.k8s.io", "PatchOptions", "", [new StatusCause("FieldValueRequired", "Required value: is required for apply patch", "fieldManager")]);
        var type = request.Type;
        var config = Configuration(request, bytes);
        var force = RequestInfo.IsTrue(request.Query("force"));
        var applied = options with { OwnershipIsRecorded = true };
        while (true)
        {
            if (writer.Store.Latest.Get(request.Key) is null)
            {
                try
                {
                    if (config.ResourceVersion().Length > 0)
                        throw ApiErrors.NotFound(type, request.Info.Name);
                    var body = ownership.Apply(type, live: null, config, options, force);
                    body.Metadata()["name"] = request.Info.Name;
                    var created = await writer.CreateAsync(type, request.Namespace, VersionConversion.ToStored(type, body), applied, request.Aborted);
                    await WriteHandler.AnswerAsync(request, created, 201);
                    return;
                }
                catch (ApiException lost) when (lost.Status.Reason == "AlreadyExists")
                {
                    // Someone created it in between: apply to theirs.
                }
            }
            try
            {
                var result = await writer.UpdateAsync(type, request.Key, (_, live) => Applied(request, live, config, options, force), applied, request.Aborted);
                await WriteHandler.AnswerAsync(request, result.Object, 200);
                return;
            }
            catch (ApiException gone) when (gone.Status.Code == 404 && gone.Status.Details?.Name == request.Info.Name && config.ResourceVersion().Length == 0)
            {
                // Someone deleted it in between: create it.
            }
        }
    }

    JsonObject Applied(ApiRequest request, JsonObject live, JsonObject config, WriteOptions options, bool force)
    {
        var type = request.Type;
        var merged = ownership.Apply(type, VersionConversion.FromStored(type, live), config, options, force);
        return VersionConversion.ToStored(type, merged);
    }

    static JsonObject Configuration(ApiRequest request, ReadOnlyMemory<byte> bytes)
    {
        var type = request.Type;
        var config = PatchBody.Parse(bytes, "application/yaml") as JsonObject ?? throw ApiErrors.BadRequest("error decoding YAML: the document is not an object");
        var gvk = config.Gvk();
        if (gvk != type.Gvk)
        {
            throw gvk.Kind.Length == 0 && gvk.Version.Length == 0
                ? ApiErrors.BadRequest("invalid object type: /, Kind=")
                : ApiErrors.BadRequest($"the kind of the object ({gvk.ApiVersion}, Kind={gvk.Kind}) does not match that of the URL ({type.GroupVersion}, Kind={type.Kind})");
        }
        if (config.At("metadata", "managedFields") is not null)
            throw ApiErrors.BadRequest("metadata.managedFields must be nil");
        if (config.Name() is { Length: > 0 } name && name != request.Info.Name)
            throw ApiErrors.BadRequest($"the name of the object ({name}) does not match the name on the URL ({request.Info.Name})");
        CheckDeclared(request, config);
        return config;
    }

    /// <summary>What the schema does not know cannot be owned, so unlike any other write an apply never ignores it.</summary>
    static void CheckDeclared(ApiRequest request, JsonObject config)
    {
        var type = request.Type;
        var unknown = new List<string>();
        var subject = $"{config.Namespace()}/{config.Name()}; {(type.Group.Length == 0 ? "/" : "")}{type.GroupVersion}, Kind={type.Kind}";
        try
        {
            if (!type.Custom)
                Conversion.Convert(type.Schema, config, unknown);
        }
        catch (DecodeException exception)
        {
            throw ApiErrors.BadRequest($"failed to create typed patch object ({subject}): {exception.Message}");
        }
        if (unknown.Count > 0)
        {
            var fields = unknown.Select(u => $".{u["unknown field \"".Length..^1]}: field not declared in schema");
            throw ApiErrors.BadRequest($"failed to create typed patch object ({subject}): {string.Join('\n', fields)}");
        }
    }

    static Func<JsonObject, JsonObject> Change(ResourceType type, string media, JsonNode? patch)
    {
        if (media == PatchBody.Json)
        {
            var operations = JsonPatch.Parse(patch);
            return live => JsonPatch.Apply(live, operations) as JsonObject ?? throw ApiErrors.RejectedPatch();
        }
        var fields = patch as JsonObject ?? throw ApiErrors.BadRequest("error decoding patch: json: cannot unmarshal the patch into an object");
        if (media == PatchBody.Strategic)
            return live => StrategicMergePatch.Apply(type.Schema, live, fields);
        return live =>
        {
            MergePatch.Apply(live, fields);
            return live;
        };
    }

    static void ReportUnknown(ApiRequest request, JsonObject patched, ReadOnlyMemory<byte> patch)
    {
        if (request.Type.Custom || request.Query("fieldValidation") == "Ignore")
            return;
        var unknown = new List<string>();
        try
        {
            Conversion.Convert(request.Type.Schema, patched, unknown);
        }
        catch (DecodeException)
        {
            return;
        }
        if (unknown.Count > 0 && request.Query("fieldValidation") == "Strict")
            throw ApiErrors.Invalid("", "", "", [new StatusCause("FieldValueInvalid", $"Invalid value: {System.Text.Encoding.UTF8.GetString(patch.Span)}: strict decoding error: {string.Join(", ", unknown)}", "patch")]);
        BodyDecoder.Report(request, request.Type.Gvk, unknown);
    }
}
