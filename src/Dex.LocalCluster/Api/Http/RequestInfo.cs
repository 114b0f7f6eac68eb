using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Api.Http;

/// <summary>What a URL means to the API, as kube-apiserver's RequestInfo has it.</summary>
/// <param name="Path">The path as sent.</param>
/// <param name="Verb">The API verb; for a non-resource path the lower-case HTTP method.</param>
sealed record RequestInfo(string Path, string Verb)
{
    public bool IsResource => Resource.Length > 0;

    public string ApiGroup { get; init; } = "";
    public string ApiVersion { get; init; } = "";
    public string Namespace { get; init; } = "";

    /// <summary>The plural; empty for paths that are no resource.</summary>
    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>What follows the subresource, for proxies.</summary>
    public string Rest { get; init; } = "";

    public string GroupVersion => ApiGroup.Length == 0 ? ApiVersion : $"{ApiGroup}/{ApiVersion}";

    public static RequestInfo From(HttpRequest request)
    {
        var path = request.Path.Value ?? "/";
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var method = request.Method;
        var plain = new RequestInfo(path, method.ToLowerInvariant());
        var start = parts switch
        {
            ["api", _, _, ..] => 2,
            ["apis", _, _, _, ..] => 3,
            _ => 0,
        };
        if (start == 0)
            return plain;

        var info = plain with { ApiGroup = start == 3 ? parts[1] : "", ApiVersion = parts[start - 1] };
        var rest = parts.AsSpan(start);
        // The old form of a watch; Ruby's kubeclient still uses it.
        var isWatchPath = rest is ["watch", _, ..];
        if (isWatchPath)
            rest = rest[1..];
        if (rest is ["namespaces", var ns, var resource, ..] && (rest.Length > 3 || resource is not ("status" or "finalize")))
        {
            info = info with { Namespace = ns };
            rest = rest[2..];
        }
        else if (rest is ["namespaces", var self, ..])
        {
            info = info with { Namespace = self };
        }
        info = info with
        {
            Resource = rest[0],
            Name = rest.Length > 1 ? rest[1] : "",
            Subresource = rest.Length > 2 ? rest[2] : "",
            Rest = rest.Length > 3 ? string.Join('/', rest[3..].ToArray()) : "",
        };
        return info with { Verb = VerbOf(request, method, info, isWatchPath) };
    }

    static string VerbOf(HttpRequest request, string method, RequestInfo info, bool isWatchPath)
    {
        var isWatch = isWatchPath || IsTrue(request.Query["watch"]);
        return method switch
        {
            "GET" or "HEAD" when info.Name.Length > 0 && !isWatchPath => "get",
            "GET" or "HEAD" => isWatch ? "watch" : "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => info.Name.Length > 0 ? "delete" : "deletecollection",
            _ => method.ToLowerInvariant(),
        };
    }

    /// <summary>Python sends <c>True</c>: anything but nothing, 0 and false is true.</summary>
    public static bool IsTrue(string? value) => value is not (null or "" or "0") && !value.Equals("false", StringComparison.OrdinalIgnoreCase);
}
