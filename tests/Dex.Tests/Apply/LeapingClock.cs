namespace Dex.Tests.Apply;

/// <summary>A clock that goes like the real one and can be moved forward, timers included; its wall clock may be wrong.</summary>
public sealed class LeapingClock : TimeProvider
{
    readonly Lock _gate = new();
    readonly HashSet<LeapTimer> _timers = [];
    readonly Dictionary<TimeSpan, int> _set = [];
    TimeSpan _lead;

    /// <summary>How wrong the wall clock is.</summary>
    public TimeSpan Skew { get; init; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _lead + Skew;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(_lead.TotalSeconds * TimestampFrequency);

    public override long TimestampFrequency => System.TimestampFrequency;

    public void Leap(TimeSpan by)
    {
        List<LeapTimer> moved;
        lock (_gate)
        {
            _lead += by;
            moved = [.. _timers];
        }

        foreach (var timer in moved) timer.Arm();
    }

    /// <summary>How often a timer was set to go off after exactly this time: tells that somebody waits for it.</summary>
    public int Set(TimeSpan due)
    {
        lock (_gate) return _set.GetValueOrDefault(due);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LeapTimer(this, callback, state);
        lock (_gate) _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    sealed class LeapTimer : ITimer
    {
        readonly LeapingClock _clock;
        readonly ITimer _inner;
        readonly Lock _gate = new();
        long? _due;

        public LeapTimer(LeapingClock clock, TimerCallback callback, object? state)
        {
            _clock = clock;
            _inner = System.CreateTimer(_ => Fire(callback, state), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal(Timeout.InfiniteTimeSpan, period);
            lock (_gate) _due = dueTime == Timeout.InfiniteTimeSpan ? null : _clock.GetTimestamp() + (long)(dueTime.TotalSeconds * _clock.TimestampFrequency);
            Arm();
            lock (_clock._gate) _clock._set[dueTime] = _clock._set.GetValueOrDefault(dueTime) + 1;
            return true;
        }

        public void Arm()
        {
            lock (_gate)
            {
                var rest = _due is null ? Timeout.InfiniteTimeSpan : _clock.GetElapsedTime(_clock.GetTimestamp(), _due.Value);
                _inner.Change(_due is not null && rest < TimeSpan.Zero ? TimeSpan.Zero : rest, Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose()
        {
            lock (_clock._gate) _clock._timers.Remove(this);
            _inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        void Fire(TimerCallback callback, object? state)
        {
            lock (_gate)
            {
                if (_due is null) return;
                _due = null;
            }

            callback(state);
        }
    }
}
