namespace Dex.LocalCluster.Storage;

/// <summary>A change that is not durable yet, with the state of the store right after it.</summary>
sealed record PendingChange(Change Change, StoreState State);

/// <summary>Where changes are kept across restarts.</summary>
interface IJournal : IDisposable
{
    /// <summary>What was kept, under the last revision that was.</summary>
    StoreState Load();

    /// <summary>Returns when all of <paramref name="changes"/> survive a crash.</summary>
    void Append(IReadOnlyList<PendingChange> changes);
}

/// <summary>
/// Writes changes in batches: while one batch is on its way to the disk the next one gathers, so 16 clients share one sync.
/// </summary>
sealed class GroupCommit : IAsyncDisposable
{
    readonly Lock _gate = new();
    readonly IJournal _journal;
    readonly Action<IReadOnlyList<PendingChange>> _publish;
    readonly SemaphoreSlim _wake = new(0, 1);
    readonly Task _writer;
    Batch _next = new();
    long _durable;
    bool _closing;
    Exception? _failure;

    public GroupCommit(IJournal journal, Action<IReadOnlyList<PendingChange>> publish)
    {
        _journal = journal;
        _publish = publish;
        _writer = Task.Factory.StartNew(WriteUntilClosed, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Called under the store's lock, hence in revision order.</summary>
    public void Enqueue(Change change, StoreState state)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, this);
            if (_failure is not null)
                throw new IOException("the store cannot write to its disk any more", _failure);
            _next.Changes.Add(new PendingChange(change, state));
            if (_next.Changes.Count == 1)
                _wake.Release();
        }
    }

    public Task DurableAsync(long revision)
    {
        lock (_gate)
        {
            if (_failure is not null)
                return Task.FromException(new IOException("the store cannot write to its disk any more", _failure));
            return revision <= _durable || _next.IsIdle ? Task.CompletedTask : _next.WaitFor(revision);
        }
    }

    void WriteUntilClosed()
    {
        while (true)
        {
            _wake.Wait();
            Batch batch;
            lock (_gate)
            {
                if (_next.Changes.Count == 0)
                    return;
                batch = _next;
                _next = new Batch { Before = batch };
            }
            Write(batch);
            lock (_gate)
            {
                if (_closing && _next.Changes.Count == 0)
                    return;
            }
        }
    }

    void Write(Batch batch)
    {
        try
        {
            _journal.Append(batch.Changes);
            _publish(batch.Changes);
            lock (_gate)
            {
                _durable = batch.Changes[^1].Change.Object.Revision;
                _next.Before = null;
            }
            batch.Done.SetResult();
        }
        catch (Exception exception)
        {
            // Acknowledged means durable: after one failed write nothing more may be acknowledged.
            lock (_gate)
                _failure = exception;
            batch.Done.SetException(new IOException("the store could not write to its disk", exception));
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closing = true;
            if (_next.Changes.Count == 0)
                _wake.Release();
        }
        await _writer;
        _journal.Dispose();
        _wake.Dispose();
    }

    sealed class Batch
    {
        public readonly List<PendingChange> Changes = [];
        public readonly TaskCompletionSource Done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public Batch? Before;

        public bool IsIdle => Changes.Count == 0 && Before is null;

        public Task WaitFor(long revision) =>
            Before is { } before && before.Changes[^1].Change.Object.Revision >= revision ? before.Done.Task : Done.Task;
    }
}
