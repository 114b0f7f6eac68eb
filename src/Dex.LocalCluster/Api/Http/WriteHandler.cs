using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Http;

/// <summary>POST and PUT of objects.</summary>
sealed class WriteHandler(ObjectWriter writer)
{
    public async Task CreateAsync(ApiRequest request)
    {
        var type = request.Type;
        var options = request.WriteOptions("CreateOptions");
        var body = await BodyDecoder.DecodeAsync(request);
        body = VersionConversion.ToStored(type, body);
        if (type.Namespaced && request.Namespace.Length == 0)
            throw ApiErrors.BadRequest("an empty namespace may not be set during creation");
        var created = await writer.CreateAsync(type, request.Namespace, body, options, request.Aborted);
        await AnswerAsync(request, created, 201);
    }

    public async Task UpdateAsync(ApiRequest request)
    {
        var type = request.Type;
        var options = request.WriteOptions("UpdateOptions");
        var body = await BodyDecoder.DecodeAsync(request);
        body = VersionConversion.ToStored(type, body);
        if (body.Name().Length == 0)
            throw ApiErrors.BadRequest("name must be provided");
        if (body.Name() != request.Info.Name)
            throw ApiErrors.BadRequest($"the name of the object ({body.Name()}) does not match the name on the URL ({request.Info.Name})");
        if (type.CreateOnUpdate && writer.Store.Latest.Get(request.Key) is null && options.Subresource.Length == 0)
        {
            body.Metadata().Remove("resourceVersion");
            body.Metadata().Remove("uid");
            await AnswerAsync(request, await writer.CreateAsync(type, request.Namespace, body, options, request.Aborted), 201);
            return;
        }
        var result = await writer.UpdateAsync(type, request.Key, (live, _) => Checked(request, live, body.Copy()), options, request.Aborted);
        await AnswerAsync(request, result.Object, 200);
    }

    static JsonObject Checked(ApiRequest request, StoredObject live, JsonObject body)
    {
        if (body.Uid() is { Length: > 0 } uid && uid != live.Uid)
        {
            var key = live.Key.Namespace.Length == 0 ? live.Key.Name : $"{live.Key.Namespace}/{live.Key.Name}";
            throw ApiErrors.Conflict(request.Type, live.Key.Name,
                $"StorageError: invalid object, Code: 4, Key: /registry/{request.Type.Plural}/{key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {live.Uid}");
        }
        return body;
    }

    public static Task AnswerAsync(ApiRequest request, StoredObject stored, int code) => request.Form.Form == ObjectForm.Table
        ? ResponseWriter.WriteAsync(request.Http, code, TableView.For(request).Table(stored), request.Form)
        : ResponseWriter.WriteAsync(request.Http, code, new ObjectView(request.Type, request.Form.Form).Whole(stored), request.Form);
}
