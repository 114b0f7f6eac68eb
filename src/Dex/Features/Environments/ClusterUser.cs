using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments;

/// <summary>Whom a cluster takes the user for.</summary>
/// <param name="Name">The name.</param>
/// <param name="IsAdministrator">Whether no right has to be given.</param>
sealed record ClusterUser(string Name, bool IsAdministrator)
{
    const string ServiceAccount = "system:serviceaccount:";
    static readonly ResourceId Reviews = new("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", Namespaced: false);

    /// <summary>Asks the cluster; null where it does not say.</summary>
    public static async Task<ClusterUser?> AskAsync(KubeClient client, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.CreateAsync(Reviews, null, new JsonObject { ["apiVersion"] = Reviews.ApiVersion, ["kind"] = Reviews.Kind }, cancellationToken);
            return answer.Text("status", "userInfo", "username") is { } name ? new ClusterUser(name, answer.TextList("status", "userInfo", "groups").Contains("system:masters")) : null;
        }
        catch (KubeApiException exception) when (exception.IsNotFound || exception.IsForbidden)
        {
            // Before Kubernetes 1.28 there was no such question.
            return null;
        }
    }

    /// <summary>A user as a binding names it.</summary>
    public static JsonObject Subject(string user) =>
        user.StartsWith(ServiceAccount, StringComparison.Ordinal) && user[ServiceAccount.Length..].Split(':') is [var ns, var name]
            ? new JsonObject { ["kind"] = "ServiceAccount", ["namespace"] = ns, ["name"] = name }
            : new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = "User", ["name"] = user };
}
