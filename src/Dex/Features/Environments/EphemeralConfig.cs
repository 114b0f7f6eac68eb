using Dex.Config;

namespace Dex.Features.Environments;

/// <summary>The life of an environment's instances.</summary>
public record EphemeralConfig
{
    /// <summary>After this time without a deploy the instance is removed, for example <c>3d</c>.</summary>
    public Duration? Ttl { get; init; }
}
