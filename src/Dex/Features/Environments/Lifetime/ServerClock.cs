using Dex.Kubernetes.Client;

namespace Dex.Features.Environments.Lifetime;

/// <summary>The clock of everything that is written into records: the API server's, as clocks of laptops are wrong by days at times.</summary>
static class ServerClock
{
    /// <summary>Now, to the second, by the Date of the server's last answer and the time since.</summary>
    public static async Task<DateTimeOffset> NowAsync(KubeClient client, CancellationToken cancellationToken)
    {
        if (client.ServerNow is null) await client.GetRawAsync("/version", cancellationToken);
        var now = client.ServerNow ?? client.Time.GetUtcNow();
        return new DateTimeOffset(now.Ticks - now.Ticks % TimeSpan.TicksPerSecond, now.Offset).ToUniversalTime();
    }
}
