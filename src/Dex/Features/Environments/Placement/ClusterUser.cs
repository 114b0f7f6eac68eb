using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Placement;

/// <summary>Who a cluster takes the user for.</summary>
internal static class ClusterUser
{
    private const string ServiceAccount = "system:serviceaccount:";
    private static readonly ResourceId Reviews = new("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", Namespaced: false);

    /// <summary>The user's name in the cluster; null for one who needs no rights given, and where the cluster does not say.</summary>
    public static async Task<string?> NameAsync(KubeClient client, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.CreateAsync(Reviews, null, new JsonObject { ["apiVersion"] = Reviews.ApiVersion, ["kind"] = Reviews.Kind }, cancellationToken);
            return answer.TextList("status", "userInfo", "groups").Contains("system:masters") ? null : answer.Text("status", "userInfo", "username");
        }
        catch (KubeApiException exception) when (exception.IsNotFound || exception.IsForbidden)
        {
            // Before Kubernetes 1.28 there was no such question.
            return null;
        }
    }

    /// <summary>The user as a binding names it.</summary>
    public static JsonObject Subject(string user) =>
        user.StartsWith(ServiceAccount, StringComparison.Ordinal) && user[ServiceAccount.Length..].Split(':') is [var ns, var name]
            ? new JsonObject { ["kind"] = "ServiceAccount", ["namespace"] = ns, ["name"] = name }
            : new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "User", ["name"] = user };
}
