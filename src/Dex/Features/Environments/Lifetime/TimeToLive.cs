using Dex.App;

namespace Dex.Features.Environments.Lifetime;

/// <summary>How long an environment lives. Pure.</summary>
/// <param name="Length">From now; null for no end.</param>
/// <param name="Slides">Whether every deploy sets the end anew.</param>
sealed record TimeToLive(TimeSpan? Length, bool Slides)
{
    static readonly TimeSpan OfLaptop = TimeSpan.FromHours(8);
    static readonly TimeSpan OfPullRequest = TimeSpan.FromHours(72);
    static readonly TimeSpan OfCi = TimeSpan.FromHours(2);

    /// <summary>What was asked for, else what dex.yaml says, else by where dex runs.</summary>
    /// <param name="asked">From <c>--ttl</c>.</param>
    /// <param name="configured">From <c>ephemeral.ttl</c>.</param>
    public static TimeToLive Of(TimeSpan? asked, TimeSpan? configured, bool isLocal, Host host)
    {
        if ((asked ?? configured) is { } length) return new TimeToLive(length, Slides: true);
        if (isLocal) return new TimeToLive(null, Slides: false);
        if (InstanceName.PullRequest(host) is not null) return new TimeToLive(OfPullRequest, Slides: true);
        return new TimeToLive(host.Variable("CI") is null ? OfLaptop : OfCi, Slides: false);
    }

    /// <summary>When the environment ends.</summary>
    /// <param name="now">The server's clock.</param>
    /// <param name="present">What the record says of a live environment; null for one that is made now.</param>
    public DateTimeOffset? EndsAt(DateTimeOffset now, EnvironmentStatus? present)
    {
        if (present is null || Slides) return now + Length;
        // A default never shortens a life, and gives none to what was made without.
        return present.ExpiresAt is { } end && end <= now ? now + Length : present.ExpiresAt;
    }
}
