namespace Dex.Kubernetes.Client;

/// <summary>Which failures pass by themselves, and how long to wait for it.</summary>
sealed class RetryPolicy(KubeClientOptions options)
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>A server that asks for more than this is not waited for.</summary>
    static readonly TimeSpan LongestAsked = TimeSpan.FromMinutes(1);

    /// <summary>The wait before the next attempt, or null to give up.</summary>
    public TimeSpan? Wait(KubeRequest request, Exception failure, int attempt)
    {
        var (attempts, asked) = failure switch
        {
            KubeApiException api => (Attempts(request, api.Status), api.Status.RetryAfter),
            KubeConnectionException lost => (Attempts(request, lost.Failure), null),
            _ => (1, null),
        };
        if (attempt >= Math.Min(attempts, options.MaxAttempts) || asked > LongestAsked)
        {
            return null;
        }

        var backoff = TimeSpan.FromTicks(Math.Min(Longest.Ticks, options.Backoff.Ticks << Math.Min(attempt - 1, 20)));
        // Half fixed, half random: many clients that failed together do not come back together.
        var jittered = backoff * (0.5 + (Random.Shared.NextDouble() / 2));
        return asked > jittered ? asked + (jittered - (backoff / 2)) : jittered;
    }

    int Attempts(KubeRequest request, KubeStatus status) => status.Code switch
    {
        // The server has not begun to work on these.
        429 => options.MaxAttempts,
        503 when status.RetryAfter is not null => options.MaxAttempts,
        502 or 503 or 504 when request.IsRepeatable => options.MaxAttempts,
        // Often a webhook that is just restarting; sometimes a bug that stays.
        500 when request.IsRepeatable => 3,
        _ => 1,
    };

    int Attempts(KubeRequest request, ConnectionFailure failure) => failure switch
    {
        // Nothing was sent. A wrong address should still be said soon.
        ConnectionFailure.Unreachable => 3,
        ConnectionFailure.TimedOut when request.IsRepeatable => 2,
        ConnectionFailure.Broken when request.IsRepeatable => options.MaxAttempts,
        _ => 1,
    };
}
