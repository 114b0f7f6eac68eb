using Dex.App;

namespace Dex.Features.Environments;

/// <summary>Where an environment comes from. It stays what it was at its creation: it labels pods, which must not restart because CI took over.</summary>
static class Source
{
    /// <summary><c>pr</c>, <c>ci</c> or <c>laptop</c>.</summary>
    public static string Of(Host host) => InstanceName.PullRequest(host) is not null ? "pr" : host.Variable("CI") is null ? "laptop" : "ci";
}
