using Dex.LocalCluster.Auth;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Api.Http;

/// <summary>One request for a known resource, after authentication and authorization.</summary>
sealed class ApiRequest(HttpContext http, RequestInfo info, ResourceType type, User user, TimeProvider time)
{
    public HttpContext Http { get; } = http;
    public RequestInfo Info { get; } = info;
    public ResourceType Type { get; } = type;
    public User User { get; } = user;

    /// <summary>The cluster's clock.</summary>
    public TimeProvider Time { get; } = time;

    public ResponseForm Form { get; } = ResponseForm.Negotiate(http.Request);
    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>Empty for cluster-scoped resources: a namespace's own URL names itself twice.</summary>
    public string Namespace => Type.Namespaced ? Info.Namespace : "";

    public ObjectKey Key => Type.Key(Namespace, Info.Name);

    public string Query(string name) => (string?)Http.Request.Query[name] ?? "";

    public bool DryRun(string optionsKind)
    {
        var values = Http.Request.Query["dryRun"];
        if (values.Count == 0)
            return false;
        if (values.Any(v => v != "All"))
        {
            var list = string.Join(", ", values.Select(v => $"\"{v}\""));
            throw ApiErrors.Invalid("meta.k8s.io", optionsKind, "",
                [new StatusCause("FieldValueNotSupported", $"Unsupported value: []string{{{list}}}: supported values: \"All\"", "dryRun")]);
        }
        return true;
    }

    /// <summary>The field manager: as given, else the program's name in User-Agent.</summary>
    public string Manager
    {
        get
        {
            if (Query("fieldManager") is { Length: > 0 } given)
                return given;
            var agent = Http.Request.Headers.UserAgent.ToString();
            var slash = agent.IndexOf('/');
            return slash < 0 ? agent.Length == 0 ? "unknown" : agent : agent[..slash];
        }
    }

    public WriteOptions WriteOptions(string optionsKind) => new(Manager)
    {
        Subresource = Info.Subresource,
        User = User,
        DryRun = DryRun(optionsKind),
    };
}
