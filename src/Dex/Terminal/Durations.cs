namespace Dex.Terminal;

/// <summary>Durations and ages as people read them.</summary>
public static class Durations
{
    /// <summary><c>340ms</c>, <c>2.4s</c>, <c>1m12s</c>.</summary>
    public static string Short(TimeSpan duration) => duration switch
    {
        { TotalSeconds: < 1 } => $"{duration.TotalMilliseconds:0}ms",
        { TotalMinutes: < 1 } => $"{duration.TotalSeconds:0.0}s",
        { TotalHours: < 1 } => $"{(int)duration.TotalMinutes}m{duration.Seconds}s",
        _ => $"{(int)duration.TotalHours}h{duration.Minutes}m",
    };

    /// <summary>The age of something, as kubectl prints it: <c>5s</c>, <c>3m</c>, <c>4h</c>, <c>2d</c>.</summary>
    public static string Age(TimeSpan age) => age switch
    {
        { TotalMinutes: < 2 } => $"{Math.Max(0, (int)age.TotalSeconds)}s",
        { TotalHours: < 2 } => $"{(int)age.TotalMinutes}m",
        { TotalDays: < 2 } => $"{(int)age.TotalHours}h",
        _ => $"{(int)age.TotalDays}d",
    };
}
