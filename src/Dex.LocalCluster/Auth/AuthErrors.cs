using Dex.LocalCluster.Api;

namespace Dex.LocalCluster.Auth;

/// <summary>The refusals of authorization, worded as kube-apiserver words them.</summary>
static class AuthErrors
{
    public static ApiException Forbidden(User user, AccessRequest request)
    {
        if (!request.IsResource)
            return new ApiException(new ApiStatus(403, "Forbidden", $"forbidden: User \"{user.Name}\" cannot {request.Verb} path \"{request.Path}\"", new StatusDetails()));
        var qualified = request.Group.Length == 0 ? request.Resource : $"{request.Resource}.{request.Group}";
        var subject = request.Name.Length == 0 ? qualified : $"{qualified} \"{request.Name}\"";
        var scope = request.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{request.Namespace}\"";
        return new ApiException(new ApiStatus(403, "Forbidden",
            $"{subject} is forbidden: User \"{user.Name}\" cannot {request.Verb} resource \"{request.QualifiedResource}\" in API group \"{request.Group}\" {scope}",
            new StatusDetails { Name = request.Name, Group = request.Group, Kind = request.Resource }));
    }

    public static ApiException Escalation(ResourceType type, string name, User user, IEnumerable<PolicyRule> missing)
    {
        var groups = string.Join(" ", user.Groups.Select(g => $"\"{g}\""));
        return ApiErrors.Forbidden(type, name,
            $"user \"{user.Name}\" (groups=[{groups}]) is attempting to grant RBAC permissions not currently held:\n{string.Join('\n', missing.Select(m => m.ToString()))}");
    }
}
