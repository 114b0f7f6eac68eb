using Dex.Features.Environments.Audit.Sinks;
using Dex.Terminal;

namespace Dex.Features.Environments.Audit;

/// <summary>Writes to one sink, and keeps for the next time what it did not take.</summary>
/// <param name="warn">Where the first failure is told of; null when others see to it.</param>
sealed class SinkWriter(IAuditSink sink, ITerminal? warn) : IDisposable
{
    /// <summary>A sink that stays away must not fill the memory.</summary>
    const int Most = 10_000;
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);
    List<AuditEntry> _backlog = [];
    bool _warned;

    public string Name => sink.Name;

    /// <summary>Why the last attempt failed; null when it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>How many entries wait.</summary>
    public int Backlog => _backlog.Count;

    /// <summary>Never throws.</summary>
    public async Task WriteAsync(IReadOnlyList<AuditEntry> entries)
    {
        _backlog = [.. _backlog.Concat(entries).TakeLast(Most)];
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await sink.AppendAsync(_backlog, limit.Token);
            _backlog = [];
            Failure = null;
        }
        catch (Exception failure) when (failure is AuditSinkException or OperationCanceledException)
        {
            Failure = failure is AuditSinkException ? failure.Message : $"it took longer than {Limit.TotalSeconds:0} s";
            if (warn is null || _warned) return;
            _warned = true;
            var lost = AuditErrors.Lost(sink.Name, Failure);
            warn.Problem($"warning[{lost.Code}]: {lost.Title}", warning: true);
        }
    }

    public void Dispose() => (sink as IDisposable)?.Dispose();
}
