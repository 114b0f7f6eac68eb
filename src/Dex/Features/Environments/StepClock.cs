namespace Dex.Features.Environments;

/// <summary>Measures the parts of an operation one after the other.</summary>
sealed class StepClock(TimeProvider time)
{
    readonly long _started = time.GetTimestamp();
    long _lap = time.GetTimestamp();

    /// <summary>Since the beginning.</summary>
    public TimeSpan Total => time.GetElapsedTime(_started);

    /// <summary>Since the last lap.</summary>
    public TimeSpan Lap()
    {
        var now = time.GetTimestamp();
        var lap = time.GetElapsedTime(_lap, now);
        _lap = now;
        return lap;
    }
}
