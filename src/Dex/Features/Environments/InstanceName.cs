using Dex.App;

namespace Dex.Features.Environments;

/// <summary>The name of an instance that nobody has named: from the pull request, the branch, the user.</summary>
public static class InstanceName
{
    /// <summary>Names live in labels and namespaces together with the app's name, so they stay short.</summary>
    public const int Limit = 30;

    /// <summary>Given, else from the pull request that CI builds, else from the branch, else from the user.</summary>
    /// <param name="given">What the user asked for, or null.</param>
    /// <param name="host">The process's surroundings; CI tells the pull request in variables.</param>
    /// <param name="branch">The checked-out branch, or null outside git and on a detached head.</param>
    public static string Choose(string? given, Host host, string? branch)
    {
        if (given is not null) return Valid(given);
        if (PullRequest(host) is { } number) return $"pr-{number}";
        var isCi = host.Variable("CI") is not null;
        branch ??= host.Variable("GITHUB_HEAD_REF") ?? (isCi ? host.Variable("GITHUB_REF_NAME") : null);
        if (branch is not null && isCi) return Slug.Of($"br-{branch}", Limit);
        return Slug.Of(branch is null ? host.UserName : $"{host.UserName}-{branch}", Limit);
    }

    static string Valid(string name) =>
        name.Length <= Limit && Slug.Of(name, Limit) == name ? name : throw EnvironmentErrors.BadName(name, Slug.Of(name, Limit));

    /// <summary>The number in <c>refs/pull/412/merge</c>, which GitHub Actions sets for pull requests.</summary>
    internal static string? PullRequest(Host host)
    {
        var parts = (host.Variable("GITHUB_REF") ?? "").Split('/');
        return parts is ["refs", "pull", var number, ..] && number.All(char.IsAsciiDigit) && number.Length > 0 ? number : null;
    }
}
