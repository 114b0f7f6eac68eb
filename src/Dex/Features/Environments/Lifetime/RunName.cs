using Dex.App;

namespace Dex.Features.Environments.Lifetime;

/// <summary>What others are told about a run that overtook theirs.</summary>
static class RunName
{
    /// <summary>The address of the CI run where CI tells one, else who runs it.</summary>
    public static string Of(Host host)
    {
        if (host.Variable("GITHUB_RUN_ID") is { } run && host.Variable("GITHUB_REPOSITORY") is { } repository)
            return $"run {run} ({host.Variable("GITHUB_SERVER_URL") ?? "https://github.com"}/{repository}/actions/runs/{run})";
        if (host.Variable("CI_PIPELINE_ID") is { } pipeline) return host.Variable("CI_PIPELINE_URL") is { } url ? $"run {pipeline} ({url})" : $"run {pipeline}";
        return RunIdentity.Of(host).Split(", process ")[0];
    }
}
