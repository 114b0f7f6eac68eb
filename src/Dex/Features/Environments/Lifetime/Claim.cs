using Dex.Apply;
using Dex.Features.Environments.Lifetime.Policy;

namespace Dex.Features.Environments.Lifetime;

/// <summary>What <c>dex up</c> does when the environment exists.</summary>
public enum IfExists
{
    /// <summary>Bring it to what dex.yaml says.</summary>
    Update,

    /// <summary>End with an error.</summary>
    Fail,

    /// <summary>Take it down first and make it anew.</summary>
    Replace,

    /// <summary>Leave it as it is.</summary>
    Skip,
}

/// <summary>What a claim is asked for.</summary>
/// <param name="Ttl">From <c>--ttl</c>.</param>
/// <param name="IfExists">What to do about an environment that exists.</param>
sealed record ClaimRequest(TimeSpan? Ttl, IfExists IfExists);

/// <summary>An environment that this run has announced itself for.</summary>
/// <param name="Release">The release behind it.</param>
/// <param name="Spec">What it is.</param>
/// <param name="Status">Where it is in its life.</param>
/// <param name="Generation">The number of this run; a later run has a higher one.</param>
/// <param name="IsNew">Whether this run makes it.</param>
/// <param name="Policy">What the cluster allows.</param>
sealed record Claim(Release Release, EnvironmentSpec Spec, EnvironmentStatus Status, long Generation, bool IsNew, EnvironmentPolicy Policy);
