using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Api.Schema;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Api.Discovery;

/// <summary>What is not a resource: discovery, version, health, OpenAPI.</summary>
sealed class DiscoveryHandler(Resources resources)
{
    public Task HandleAsync(HttpContext http, RequestInfo info)
    {
        var path = info.Path.Trim('/');
        if (info.Verb is not ("get" or "head"))
            throw ApiErrors.MethodNotAllowed();
        var parts = path.Split('/');
        return parts switch
        {
            ["healthz" or "livez" or "readyz", ..] => ResponseWriter.WriteTextAsync(http, 200, "ok"),
            ["version"] => JsonAsync(http, ServerVersion.ToJson()),
            ["api"] => ApiAsync(http),
            ["apis"] => ApisAsync(http),
            ["api", "v1"] => ResourcesAsync(http, "v1"),
            ["openapi", "v2"] => OpenApiV2Async(http),
            ["openapi", "v3"] => JsonAsync(http, OpenApi.Index(resources.Catalog.Types)),
            ["openapi", "v3", "api", var version] => OpenApiAsync(http, version),
            ["openapi", "v3", "apis", var group, var version] => OpenApiAsync(http, $"{group}/{version}"),
            ["apis", var group] => GroupAsync(http, group),
            ["apis", var group, var version] => ResourcesAsync(http, $"{group}/{version}"),
            _ => NotFoundAsync(http),
        };
    }

    Task ApiAsync(HttpContext http) => AggregatedDiscovery.Negotiate(http.Request) is { } version
        ? AggregatedAsync(http, version, AggregatedDiscovery.Core(resources.Catalog, version))
        : JsonAsync(http, LegacyDiscovery.Versions(http.Request.Host.Value ?? ""));

    Task ApisAsync(HttpContext http) => AggregatedDiscovery.Negotiate(http.Request) is { } version
        ? AggregatedAsync(http, version, AggregatedDiscovery.Groups(resources.Catalog, version))
        : JsonAsync(http, LegacyDiscovery.Groups(resources.Catalog));

    Task GroupAsync(HttpContext http, string group) =>
        group.Length > 0 && resources.Catalog.Groups.Contains(group) ? JsonAsync(http, LegacyDiscovery.Group(resources.Catalog, group, withKind: true)) : NotFoundAsync(http);

    Task ResourcesAsync(HttpContext http, string groupVersion) =>
        resources.Catalog.GroupVersions.Contains(groupVersion) ? JsonAsync(http, LegacyDiscovery.Resources(resources.Catalog, groupVersion)) : NotFoundAsync(http);

    static Task OpenApiV2Async(HttpContext http)
    {
        http.Response.StatusCode = 200;
        http.Response.ContentType = OpenApi.V2MediaType;
        // Small as it is, clients may rely on its being compressed.
        return ResponseWriter.Accepts(http, "gzip")
            ? ResponseWriter.WriteCompressedAsync(http, OpenApi.V2)
            : ResponseWriter.WriteBytesAsync(http, 200, OpenApi.V2, OpenApi.V2MediaType);
    }

    Task OpenApiAsync(HttpContext http, string groupVersion) => OpenApi.Document(groupVersion, resources.Catalog.Types) is { } document
        ? ResponseWriter.WriteBytesAsync(http, 200, document, "application/json")
        : NotFoundAsync(http);

    static Task AggregatedAsync(HttpContext http, string version, JsonObject body)
    {
        var bytes = JsonTree.Encode(body);
        var tag = $"\"{Convert.ToHexString(SHA512.HashData(bytes.Span))}\"";
        http.Response.Headers.ETag = tag;
        http.Response.Headers.Vary = "Accept";
        if (http.Request.Headers.IfNoneMatch.ToString() == tag)
        {
            http.Response.StatusCode = 304;
            return Task.CompletedTask;
        }
        return ResponseWriter.WriteBytesAsync(http, 200, bytes, $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
    }

    static Task JsonAsync(HttpContext http, JsonObject body) => ResponseWriter.WriteAsync(http, 200, body, ResponseForm.Negotiate(http.Request));

    public static Task NotFoundAsync(HttpContext http) => ResponseWriter.WriteTextAsync(http, 404, "404 page not found\n");
}
