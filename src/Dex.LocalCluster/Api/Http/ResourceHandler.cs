using System.Collections.Concurrent;
using Dex.LocalCluster.Api.Watch;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Api.Http;

/// <summary>Hands a request for a resource to the handler of its verb.</summary>
sealed class ResourceHandler(ObjectWriter writer, ListHandler lists, WatchHandler watches, WriteHandler writes, PatchHandler patches, DeleteHandler deletes)
{
    readonly Dictionary<string, Func<ApiRequest, Task>> _special = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<(string Resource, string Subresource), Func<HttpContext, StoredObject, CancellationToken, Task>> _mapped = new();

    public void Map(string resource, string subresource, Func<HttpContext, StoredObject, CancellationToken, Task> handler) =>
        _mapped[(resource, subresource)] = handler;

    /// <summary>Lets <paramref name="handler"/> answer everything under a subresource name, or under a resource that is never stored.</summary>
    public void Route(string name, Func<ApiRequest, Task> handler) => _special[name] = handler;

    public Task HandleAsync(ApiRequest request)
    {
        if (request.Info.Subresource.Length > 0)
            return SubresourceAsync(request);
        if (request.Type.Virtual)
            return _special[request.Type.Plural](request);
        if (!request.Type.Verbs.Contains(request.Info.Verb) || (request.Info is { Verb: "create", Name.Length: > 0 } && request.Type.Plural != "namespaces")
            || request.Info is { Verb: "update" or "patch", Name.Length: 0 })
            throw ApiErrors.MethodNotAllowed();
        return request.Info.Verb switch
        {
            "get" => GetAsync(request),
            "list" => lists.HandleAsync(request),
            "watch" => watches.HandleAsync(request),
            "create" => writes.CreateAsync(request),
            "update" => writes.UpdateAsync(request),
            "patch" => patches.HandleAsync(request),
            "delete" => deletes.DeleteAsync(request),
            "deletecollection" => deletes.DeleteCollectionAsync(request),
            _ => throw ApiErrors.MethodNotAllowed(),
        };
    }

    Task GetAsync(ApiRequest request) => WriteHandler.AnswerAsync(request, Find(request), 200);

    Task SubresourceAsync(ApiRequest request)
    {
        var subresource = request.Type.FindSubresource(request.Info.Subresource) ?? throw ApiErrors.UnknownResource();
        if (!subresource.Verbs.Contains(request.Info.Verb))
            throw ApiErrors.MethodNotAllowed();
        if (_mapped.TryGetValue((request.Type.Plural, subresource.Name), out var handler))
            return handler(request.Http, Find(request), request.Aborted);
        if (_special.TryGetValue(subresource.Name, out var answer))
            return answer(request);
        if (subresource.Kind != request.Type.Kind)
            throw ApiErrors.UnknownResource();
        return request.Info.Verb switch
        {
            "get" => GetAsync(request),
            "update" => writes.UpdateAsync(request),
            "patch" => patches.HandleAsync(request),
            _ => throw ApiErrors.MethodNotAllowed(),
        };
    }

    StoredObject Find(ApiRequest request) => writer.Store.Visible.Get(request.Key) ?? throw ApiErrors.NotFound(request.Type, request.Info.Name);
}
