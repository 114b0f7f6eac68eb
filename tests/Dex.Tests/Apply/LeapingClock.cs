namespace Dex.Tests.Apply;

/// <summary>A clock that goes like the real one and can be moved forward, timers included; its wall clock may be wrong.</summary>
public sealed class LeapingClock : TimeProvider
{
    readonly Lock gate = new();
    readonly HashSet<LeapTimer> timers = [];
    readonly Dictionary<TimeSpan, int> set = [];
    TimeSpan lead;

    /// <summary>How wrong the wall clock is.</summary>
    public TimeSpan Skew { get; init; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + lead + Skew;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(lead.TotalSeconds * TimestampFrequency);

    public override long TimestampFrequency => System.TimestampFrequency;

    public void Leap(TimeSpan by)
    {
        List<LeapTimer> moved;
        lock (gate)
        {
            lead += by;
            moved = [.. timers];
        }

        foreach (var timer in moved) timer.Arm();
    }

    /// <summary>How often a timer was set to go off after exactly this time: tells that somebody waits for it.</summary>
    public int Set(TimeSpan due)
    {
        lock (gate) return set.GetValueOrDefault(due);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LeapTimer(this, callback, state);
        lock (gate) timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    sealed class LeapTimer : ITimer
    {
        readonly LeapingClock clock;
        readonly ITimer inner;
        readonly Lock gate = new();
        long? due;

        public LeapTimer(LeapingClock clock, TimerCallback callback, object? state)
        {
            this.clock = clock;
            inner = System.CreateTimer(_ => Fire(callback, state), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal(Timeout.InfiniteTimeSpan, period);
            lock (gate) due = dueTime == Timeout.InfiniteTimeSpan ? null : clock.GetTimestamp() + (long)(dueTime.TotalSeconds * clock.TimestampFrequency);
            Arm();
            lock (clock.gate) clock.set[dueTime] = clock.set.GetValueOrDefault(dueTime) + 1;
            return true;
        }

        public void Arm()
        {
            lock (gate)
            {
                var rest = due is null ? Timeout.InfiniteTimeSpan : clock.GetElapsedTime(clock.GetTimestamp(), due.Value);
                inner.Change(due is not null && rest < TimeSpan.Zero ? TimeSpan.Zero : rest, Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose()
        {
            lock (clock.gate) clock.timers.Remove(this);
            inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        void Fire(TimerCallback callback, object? state)
        {
            lock (gate)
            {
                if (due is null) return;
                due = null;
            }

            callback(state);
        }
    }
}
