namespace Dex.LocalCluster.Storage;

/// <summary>A change that is not durable yet, with the state of the store right after it.</summary>
internal sealed record PendingChange(Change Change, StoreState State);

/// <summary>Where changes are kept across restarts.</summary>
internal interface IJournal : IDisposable
{
    /// <summary>What was kept, under the last revision that was.</summary>
    StoreState Load();

    /// <summary>Returns when all of <paramref name="changes"/> survive a crash.</summary>
    void Append(IReadOnlyList<PendingChange> changes);
}

/// <summary>
/// Writes changes in batches: while one batch is on its way to the disk the next one gathers, so 16 clients share one sync.
/// </summary>
internal sealed class GroupCommit : IAsyncDisposable
{
    readonly Lock gate = new();
    readonly IJournal journal;
    readonly Action<IReadOnlyList<PendingChange>> publish;
    readonly SemaphoreSlim wake = new(0, 1);
    readonly Task writer;
    Batch next = new();
    long durable;
    bool closing;
    Exception? failure;

    public GroupCommit(IJournal journal, Action<IReadOnlyList<PendingChange>> publish)
    {
        this.journal = journal;
        this.publish = publish;
        writer = Task.Factory.StartNew(WriteUntilClosed, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Called under the store's lock, hence in revision order.</summary>
    public void Enqueue(Change change, StoreState state)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closing, this);
            if (failure is not null)
                throw new IOException("the store cannot write to its disk any more", failure);
            next.Changes.Add(new PendingChange(change, state));
            if (next.Changes.Count == 1)
                wake.Release();
        }
    }

    public Task DurableAsync(long revision)
    {
        lock (gate)
        {
            if (failure is not null)
                return Task.FromException(new IOException("the store cannot write to its disk any more", failure));
            return revision <= durable || next.IsIdle ? Task.CompletedTask : next.WaitFor(revision);
        }
    }

    void WriteUntilClosed()
    {
        while (true)
        {
            wake.Wait();
            Batch batch;
            lock (gate)
            {
                if (next.Changes.Count == 0)
                    return;
                batch = next;
                next = new Batch { Before = batch };
            }
            Write(batch);
            lock (gate)
            {
                if (closing && next.Changes.Count == 0)
                    return;
            }
        }
    }

    void Write(Batch batch)
    {
        try
        {
            journal.Append(batch.Changes);
            publish(batch.Changes);
            lock (gate)
            {
                durable = batch.Changes[^1].Change.Object.Revision;
                next.Before = null;
            }
            batch.Done.SetResult();
        }
        catch (Exception exception)
        {
            // Acknowledged means durable: after one failed write nothing more may be acknowledged.
            lock (gate)
                failure = exception;
            batch.Done.SetException(new IOException("the store could not write to its disk", exception));
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            closing = true;
            if (next.Changes.Count == 0)
                wake.Release();
        }
        await writer;
        journal.Dispose();
        wake.Dispose();
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
