namespace Dex.Config;

/// <summary>Computes a value once, however many ask for it at the same time. The computation is cancelled when everybody who waits for it has gone.</summary>
/// <param name="compute">Makes the value.</param>
/// <param name="isQuick">The computation starts on the caller's thread: it does nothing that takes long, and most of the time has ended when it returns.</param>
internal sealed class Memo<T>(Func<CancellationToken, Task<T>> compute, bool isQuick)
{
    private readonly Lock gate = new();
    private Task<T>? running;
    private CancellationTokenSource? stop;
    private int waiting;

    public async Task<T> GetAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<T> task;
        lock (gate)
        {
            if (running is null)
            {
                stop = new CancellationTokenSource();
                var token = stop.Token;
                running = isQuick ? compute(token) : Task.Run(() => compute(token), CancellationToken.None);
                waiting = 0;
            }

            task = running;
            waiting++;
        }

        try
        {
            return await task.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (gate)
            {
                if (ReferenceEquals(task, running) && --waiting == 0 && !task.IsCompleted)
                {
                    stop!.Cancel();
                    running = null;
                }
            }
        }
    }
}
