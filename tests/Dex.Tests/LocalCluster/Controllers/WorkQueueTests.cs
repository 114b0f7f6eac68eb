using System.Collections.Concurrent;
using Dex.LocalCluster.Controllers;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class WorkQueueTests
{
    readonly FakeClock _clock = new();
    readonly ConcurrentQueue<string> _done = new();

    [Fact]
    public async Task A_key_that_waits_is_worked_on_once_and_one_that_runs_once_more()
    {
        var gate = new SemaphoreSlim(0);
        var started = new SemaphoreSlim(0);
        await using var queue = Queue(async key =>
        {
            started.Release();
            await gate.WaitAsync();
            _done.Enqueue(key);
            return null;
        });
        queue.Add("a");
        await started.WaitAsync(TestContext.Current.CancellationToken);

        for (var i = 0; i < 10; i++)
            queue.Add("a");
        gate.Release(10);
        await started.WaitAsync(TestContext.Current.CancellationToken);
        await EventuallyAsync(() => _done.Count == 2);

        Assert.False(await started.WaitAsync(TimeSpan.Zero, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Failed_work_comes_back_with_growing_delays()
    {
        var attempts = 0;
        await using var queue = Queue(_ => ++attempts <= 3 ? throw new InvalidOperationException() : Task.FromResult<TimeSpan?>(null));
        queue.Add("a");

        foreach (var (attempt, delay) in new[] { (2, 5), (3, 10), (4, 20) })
        {
            await EventuallyAsync(() => _clock.Timers == 1);
            _clock.Advance(TimeSpan.FromMilliseconds(delay - 1));
            Assert.Equal(attempt - 1, attempts);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            await EventuallyAsync(() => attempts == attempt);
        }
    }

    [Fact]
    public async Task Of_several_delays_the_shortest_counts()
    {
        await using var queue = Queue(key =>
        {
            _done.Enqueue(key);
            return Task.FromResult<TimeSpan?>(null);
        });
        queue.AddAfter("a", TimeSpan.FromMinutes(5));
        queue.AddAfter("a", TimeSpan.FromMinutes(1));
        queue.AddAfter("a", TimeSpan.FromMinutes(9));

        _clock.Advance(TimeSpan.FromMinutes(1));
        await EventuallyAsync(() => _done.Count == 1);
        _clock.Advance(TimeSpan.FromMinutes(20));

        Assert.Equal(0, _clock.Timers);
        Assert.Single(_done);
    }

    [Fact]
    public async Task A_result_asks_for_another_look()
    {
        await using var queue = Queue(key =>
        {
            _done.Enqueue(key);
            return Task.FromResult<TimeSpan?>(_done.Count < 3 ? TimeSpan.FromSeconds(10) : null);
        });
        queue.Add("a");

        for (var look = 1; look <= 2; look++)
        {
            await EventuallyAsync(() => _clock.Timers == 1);
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        await EventuallyAsync(() => _done.Count == 3);
    }

    [Fact]
    public async Task Closing_cancels_and_awaits_the_work_that_runs()
    {
        var started = new TaskCompletionSource();
        var queue = new WorkQueue<string>(async (_, ct) =>
        {
            started.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, ct);
            }
            finally
            {
                _done.Enqueue("ended");
            }

            return null;
        }, _clock, (_, _) => { });
        queue.Add("a");
        await started.Task;

        await queue.DisposeAsync();

        Assert.Single(_done);
    }

    WorkQueue<string> Queue(Func<string, Task<TimeSpan?>> work) => new((key, _) => work(key), _clock, (_, _) => { });

    static async Task EventuallyAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!holds())
            await Task.Delay(1, patience.Token);
    }
}
