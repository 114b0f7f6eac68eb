using Dex.App;
using Dex.Testing;
using Dex.Tests.Apply;

namespace Dex.Tests.Environments;

/// <summary>A cluster and an app per test.</summary>
public abstract class LifeTest : IAsyncLifetime
{
    private protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    private protected ApplyCluster Cluster { get; private set; } = null!;

    private protected LifeApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await ApplyCluster.StartAsync();
        App = new LifeApp(Cluster);
    }

    public async ValueTask DisposeAsync()
    {
        App.Dispose();
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Waits for a condition; the test fails when it does not come.</summary>
    private protected static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        limit.CancelAfter(TimeSpan.FromMinutes(3));
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, $"it never happened: {what}");
            await Task.Delay(10, Ct);
        }
    }

    private protected static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(() => Task.FromResult(condition()), what);

    private protected static void Is(ExitCode expected, DexRun run) => Assert.True(run.ExitCode == expected, $"{run.ExitCode}\n{run.Output}\n{run.Error}");
}

/// <summary>A clock that is wrong by an amount, or that runs faster.</summary>
sealed class OddTime(TimeSpan offset = default, int speed = 1) : TimeProvider
{
    readonly long _started = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + offset;

    public override long GetTimestamp() => _started + (System.GetTimestamp() - _started) * speed;

    public override long TimestampFrequency => System.TimestampFrequency;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Shorter(dueTime), Shorter(period));

    TimeSpan Shorter(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / speed;
}
