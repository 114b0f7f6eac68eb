using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using Dex.App;
using Dex.Kubernetes.Client;
using Dex.Yaml;

namespace Dex.Features.Environments.Audit;

/// <summary>Who changes something: the user as the API server knows it, where the command runs, and the CI job it is part of.</summary>
/// <param name="User">The user; null when the server does not say.</param>
/// <param name="From"><c>user@machine</c>. Not verified by anybody.</param>
/// <param name="Ci">What the CI system says in the environment; empty outside of CI.</param>
sealed record AuditActor(string? User, string From, IReadOnlyDictionary<string, string> Ci)
{
    /// <summary>The variables by which CI systems say what runs, and why.</summary>
    static readonly (string Field, string[] Variables)[] CiVariables =
    [
        ("actor", ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILDKITE_BUILD_CREATOR", "BUILD_REQUESTEDFOR", "CIRCLE_USERNAME", "BUILD_USER_ID"]),
        ("repository", ["GITHUB_REPOSITORY", "CI_PROJECT_PATH", "BUILDKITE_REPO", "BUILD_REPOSITORY_URI", "CIRCLE_REPOSITORY_URL"]),
        ("run", ["GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILDKITE_BUILD_URL", "BUILD_BUILDID", "CIRCLE_BUILD_URL", "BUILD_URL"]),
        ("ref", ["GITHUB_REF", "CI_COMMIT_REF_NAME", "BUILDKITE_BRANCH", "BUILD_SOURCEBRANCH", "CIRCLE_BRANCH", "GIT_BRANCH"]),
        ("commit", ["GITHUB_SHA", "CI_COMMIT_SHA", "BUILDKITE_COMMIT", "BUILD_SOURCEVERSION", "CIRCLE_SHA1", "GIT_COMMIT"]),
    ];

    /// <summary>Asks the server who we are.</summary>
    public static async Task<AuditActor> AskAsync(KubeClient client, Host host, CancellationToken cancellationToken)
    {
        var known = new AuditActor(null, $"{host.UserName}@{Machine}", Job(host));
        try
        {
            return known with { User = (await ClusterUser.AskAsync(client, cancellationToken))?.Name };
        }
        catch (Exception failure) when (failure is DiagnosticException or ObjectDisposedException)
        {
            // A trail says what is known; that the server is gone is told by what fails next.
            return known;
        }
    }

    public JsonObject ToJson()
    {
        var json = new JsonObject { ["user"] = User, ["from"] = From };
        if (Ci.Count > 0) json["ci"] = new JsonObject(Ci.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)JsonValue.Create(field.Value))));
        return json;
    }

    /// <summary>In CI only: a build machine's leftover variables on a laptop say nothing.</summary>
    static Dictionary<string, string> Job(Host host)
    {
        var job = new Dictionary<string, string>(StringComparer.Ordinal);
        if (host.Variable("CI") is null && host.Variable("TF_BUILD") is null && host.Variable("BUILD_URL") is null) return job;
        foreach (var (field, variables) in CiVariables)
        {
            if (variables.Select(host.Variable).FirstOrDefault(value => value is not null) is { } value) job[field] = value;
        }

        return job;
    }

    [SuppressMessage("ApiDesign", "RS0030", Justification = "The machine's name is no setting.")]
    static string Machine => System.Environment.MachineName;
}
