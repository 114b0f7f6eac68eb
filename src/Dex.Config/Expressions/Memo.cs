namespace Dex.Config;

/// <summary>Computes a value once, however many ask for it at the same time. The computation is cancelled when everybody who waits for it has gone.</summary>
/// <param name="compute">Makes the value.</param>
/// <param name="isQuick">The computation starts on the caller's thread: it does nothing that takes long, and most of the time has ended when it returns.</param>
sealed class Memo<T>(Func<CancellationToken, Task<T>> compute, bool isQuick)
{
    readonly Lock _gate = new();
    Task<T>? _running;
    CancellationTokenSource? _stop;
    int _waiting;

    public async Task<T> GetAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task<T> task;
        lock (_gate)
        {
            if (_running is null)
            {
                _stop = new CancellationTokenSource();
                var token = _stop.Token;
                _running = isQuick ? compute(token) : Task.Run(() => compute(token), CancellationToken.None);
                _waiting = 0;
            }

            task = _running;
            _waiting++;
        }

        try
        {
            return await task.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_gate)
            {
                if (ReferenceEquals(task, _running) && --_waiting == 0 && !task.IsCompleted)
                {
                    _stop!.Cancel();
                    _running = null;
                }
            }
        }
    }
}
