using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;

namespace Dex.LocalCluster.Auth;

/// <summary>Nobody grants what they do not have, unless they may <c>escalate</c> roles or <c>bind</c> the role.</summary>
sealed class Escalation(Authorizer authorizer)
{
    const string Group = "rbac.authorization.k8s.io";

    /// <exception cref="ApiException">403 with the rules that the user lacks.</exception>
    public void Check(ResourceType type, JsonObject body, User user)
    {
        if (type.Group != Group || user.IsMaster)
            return;
        var request = new AccessRequest("escalate") { Group = Group, Resource = type.Plural, Namespace = body.Namespace(), Name = body.Name() };
        IReadOnlyList<PolicyRule> granted;
        if (type.Plural is "roles" or "clusterroles")
        {
            if (authorizer.Allows(user, request))
                return;
            granted = [.. body.Items("rules").Select(PolicyRule.From)];
        }
        else
        {
            var role = Authorizer.RoleOf(body);
            if (authorizer.Allows(user, request with { Verb = "bind", Resource = role.Namespace.Length == 0 ? "clusterroles" : "roles", Name = role.Name }))
                return;
            granted = authorizer.RulesOfRole(role);
        }
        var held = authorizer.RulesOf(user, body.Namespace()).ToList();
        var missing = granted.Where(rule => rule.Parts().Any(part => !held.Any(h => h.Covers(part)))).ToList();
        if (missing.Count > 0)
            throw AuthErrors.Escalation(type, body.Name(), user, missing);
    }
}
