namespace Dex.Tests.LocalCluster.Controllers;

/// <summary>A clock that stands until it is told to move; timers go off while it does.</summary>
public sealed class FakeClock(DateTimeOffset? start = null) : TimeProvider
{
    readonly Lock _gate = new();
    readonly List<FakeTimer> _timers = [];
    DateTimeOffset _now = start ?? new(2026, 1, 5, 10, 0, 0, TimeSpan.Zero);

    /// <summary>How many timers are set.</summary>
    public int Timers
    {
        get
        {
            lock (_gate)
            {
                return _timers.Count;
            }
        }
    }

    /// <summary>After which times the set timers go off.</summary>
    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (_gate)
            {
                return [.. _timers.Select(timer => timer.Due - _now)];
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public void Advance(TimeSpan by)
    {
        List<FakeTimer> due;
        lock (_gate)
        {
            _now += by;
            due = [.. _timers.Where(t => t.Due <= _now)];
            _timers.RemoveAll(t => due.Contains(t) && !t.Repeats(_now));
        }

        due.ForEach(t => t.Fire());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            var timer = new FakeTimer(this, () => callback(state), _now + dueTime, period);
            _timers.Add(timer);
            return timer;
        }
    }

    sealed class FakeTimer(FakeClock clock, Action fire, DateTimeOffset due, TimeSpan period) : ITimer
    {
        public DateTimeOffset Due { get; private set; } = due;

        public void Fire() => fire();

        /// <summary>Sets a periodic timer to its next time, however many it has missed.</summary>
        public bool Repeats(DateTimeOffset now)
        {
            if (period == Timeout.InfiniteTimeSpan) return false;
            while (Due <= now) Due += period;
            return true;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose()
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
