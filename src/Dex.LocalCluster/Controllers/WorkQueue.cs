namespace Dex.LocalCluster.Controllers;

/// <summary>
/// The queue behind a controller: a key waits in it at most once, is never worked on twice at a time, and comes back with a growing delay when its work fails.
/// It owns no thread: workers start with the first key and end with the last, so that an idle cluster does nothing.
/// </summary>
/// <param name="work">One key's work. A result is the time after which to look again although nothing has changed.</param>
/// <param name="time">The clock of delays.</param>
/// <param name="onFailure">Told of each failure that is going to be retried.</param>
sealed class WorkQueue<TKey>(Func<TKey, CancellationToken, Task<TimeSpan?>> work, TimeProvider time, Action<TKey, Exception> onFailure) : IAsyncDisposable
    where TKey : notnull
{
    /// <summary>Writes wait for the disk, so that several keys at a time fill one group commit.</summary>
    const int Workers = 8;

    static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(5);
    static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    readonly Lock _gate = new();
    readonly Queue<TKey> _ready = new();
    readonly Dictionary<TKey, Entry> _entries = [];
    readonly CancellationTokenSource _stopping = new();
    readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _workers;
    bool _closed;

    /// <summary>Asks for work on a key, now or as soon as the work that runs on it is over.</summary>
    public void Add(TKey key)
    {
        lock (_gate)
        {
            if (!_closed && EntryOf(key) is { Queued: false } entry)
            {
                entry.Queued = true;
                entry.Disarm();
                if (!entry.Running)
                    MakeReady(key);
            }
        }
    }

    /// <summary>Asks for work on a key after a delay; of several delays the shortest counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }

        lock (_gate)
        {
            if (_closed)
                return;

            var entry = EntryOf(key);
            var due = time.GetUtcNow() + delay;
            if (entry.Queued || (entry.Timer is not null && entry.Due <= due))
                return;

            entry.Disarm();
            entry.Due = due;
            entry.Timer = time.CreateTimer(_ => Add(key), null, delay, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Cancels the work that runs and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closed = true;
            _ready.Clear();
            foreach (var entry in _entries.Values)
                entry.Disarm();

            if (_workers == 0)
                _stopped.TrySetResult();
        }

        await _stopping.CancelAsync();
        await _stopped.Task;
        _stopping.Dispose();
    }

    Entry EntryOf(TKey key) => _entries.TryGetValue(key, out var entry) ? entry : _entries[key] = new();

    void MakeReady(TKey key)
    {
        _ready.Enqueue(key);
        if (_workers < Workers)
        {
            _workers++;
            _ = Task.Run(DrainAsync);
        }
    }

    async Task DrainAsync()
    {
        while (TryTake(out var key))
        {
            // What the work asks for counts from the time it saw, which is no earlier than this.
            var began = time.GetUtcNow();
            TimeSpan? again = null;
            Exception? failure = null;
            try
            {
                again = await work(key, _stopping.Token);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                failure = e;
                onFailure(key, e);
            }

            Finish(key, again is { } delay ? began + delay - time.GetUtcNow() : null, failure is not null);
        }
    }

    bool TryTake(out TKey key)
    {
        lock (_gate)
        {
            if (!_ready.TryDequeue(out key!))
            {
                _workers--;
                if (_closed && _workers == 0)
                    _stopped.TrySetResult();

                return false;
            }

            var entry = _entries[key];
            (entry.Queued, entry.Running) = (false, true);
            return true;
        }
    }

    void Finish(TKey key, TimeSpan? again, bool failed)
    {
        lock (_gate)
        {
            var entry = _entries[key];
            entry.Running = false;
            entry.Failures = failed ? entry.Failures + 1 : 0;
            if (_closed)
                return;

            if (entry.Queued)
                MakeReady(key);
            else if (failed)
                AddAfter(key, Min(LongestRetry, FirstRetry * Math.Pow(2, Math.Min(entry.Failures - 1, 20))));
            else if (again is { } delay)
                AddAfter(key, delay);
            else if (entry.Timer is null)
                _entries.Remove(key);
        }
    }

    static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    sealed class Entry
    {
        public bool Queued { get; set; }

        public bool Running { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset Due { get; set; }

        public ITimer? Timer { get; set; }

        public void Disarm()
        {
            Timer?.Dispose();
            Timer = null;
        }
    }
}
