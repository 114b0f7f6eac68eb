using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Http;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Auth;

/// <summary>Who asks, as whom, and whether they may.</summary>
sealed class AccessControl(Authenticator authenticator, Authorizer authorizer)
{
    readonly Impersonation _impersonation = new(authorizer);

    /// <summary>The acting user of a permitted request.</summary>
    /// <exception cref="ApiException">401 or 403.</exception>
    public User Admit(HttpContext http, RequestInfo info)
    {
        var user = authenticator.Authenticate(http) ?? throw ApiErrors.Unauthorized();
        user = _impersonation.Resolve(user, http.Request.Headers);
        var access = new AccessRequest(info.Verb)
        {
            Group = info.ApiGroup,
            Version = info.ApiVersion,
            Resource = info.Resource,
            Subresource = info.Subresource,
            Namespace = info.Namespace,
            Name = info.Name,
            Path = info.Path,
        };
        return authorizer.Allows(user, access) ? user : throw AuthErrors.Forbidden(user, access);
    }
}
