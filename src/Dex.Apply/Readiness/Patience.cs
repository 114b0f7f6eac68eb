namespace Dex.Apply.Readiness;

/// <summary>How long a deploy may take to become ready, all its waits together.</summary>
sealed class Patience(TimeSpan limit, TimeProvider time)
{
    readonly long _started = time.GetTimestamp();

    /// <summary>All of it.</summary>
    public TimeSpan Limit => limit;

    /// <summary>What is left; negative when the time is up.</summary>
    public TimeSpan Remaining => limit - time.GetElapsedTime(_started);
}
