using System.Net;
using Dex.LocalCluster.Api.Discovery;
using Dex.LocalCluster.Auth;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Api.Http;

/// <summary>Every request's way: host, who, may they, what, and a Status when something is in the way.</summary>
sealed class RequestPipeline(Resources resources, AccessControl access, DiscoveryHandler discovery, ResourceHandler handler, TimeProvider time)
{
    static readonly ResponseForm PlainForm = new(ObjectForm.Whole, Pretty: false);

    public async Task HandleAsync(HttpContext http)
    {
        http.Response.Headers["Audit-Id"] = Guid.NewGuid().ToString();
        http.Response.Headers.CacheControl = "no-cache, private";
        try
        {
            await DispatchAsync(http);
        }
        catch (ApiException refused) when (!http.Response.HasStarted)
        {
            await ResponseWriter.WriteStatusAsync(http, refused.Status, FormOf(http));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client did not wait for the answer.
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            var status = new ApiStatus(500, "InternalError", $"Internal error occurred: {exception.Message}");
            await ResponseWriter.WriteStatusAsync(http, status, FormOf(http));
        }
    }

    async Task DispatchAsync(HttpContext http)
    {
        if (!IsLoopback(http.Request.Host.Host))
            throw new ApiException(new ApiStatus(403, "Forbidden", $"the host \"{http.Request.Host.Host}\" is not a name of this server"));
        var info = RequestInfo.From(http.Request);
        var user = access.Admit(http, info);
        if (!info.IsResource)
        {
            await discovery.HandleAsync(http, info);
            return;
        }
        if (!resources.Catalog.GroupVersions.Contains(info.GroupVersion))
        {
            await DiscoveryHandler.NotFoundAsync(http);
            return;
        }
        var type = resources.Catalog.Find(info.GroupVersion, info.Resource) ?? throw ApiErrors.UnknownResource();
        await handler.HandleAsync(new ApiRequest(http, info, type, user, time));
    }

    static ResponseForm FormOf(HttpContext http)
    {
        try
        {
            return ResponseForm.Negotiate(http.Request);
        }
        catch (ApiException)
        {
            return PlainForm;
        }
    }

    /// <summary>A page of a foreign site that resolves its name to 127.0.0.1 must not reach the cluster.</summary>
    static bool IsLoopback(string host)
    {
        if (host is "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal))
            return true;
        return IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address);
    }
}
