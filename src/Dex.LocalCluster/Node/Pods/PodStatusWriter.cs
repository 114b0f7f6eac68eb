using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>Writes a pod's status in the background: one write at a time, and one for all changes that came meanwhile.</summary>
sealed class PodStatusWriter(PodContext pod) : IDisposable
{
    readonly SemaphoreSlim _changed = new(0);
    readonly Lock _gate = new();
    Task? _writing;
    bool _closed;
    volatile bool _abandoned;
    (string Phase, string? Reason, string? Message)? _final;

    public void Publish()
    {
        lock (_gate)
        {
            if (_closed) return;
            _writing ??= Task.Run(WriteAsync);
            _changed.Release();
        }
    }

    /// <summary>From now on the pod is in its last phase.</summary>
    public void Finish(string phase, string? reason, string? message)
    {
        _final = (phase, reason, message);
        Publish();
    }

    /// <summary>Writes nothing any more: the next agent shall find the pod as it ran.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>Waits until everything is written.</summary>
    public async Task CloseAsync()
    {
        lock (_gate)
        {
            _closed = true;
            _changed.Release();
        }
        if (_writing is not null) await _writing;
    }

    async Task WriteAsync()
    {
        while (true)
        {
            await _changed.WaitAsync();
            while (_changed.Wait(0)) { }
            bool last;
            lock (_gate) last = _closed;
            try
            {
                await pod.Node.Registry.UpdateAsync(pod.Key, target =>
                {
                    if (target.Uid() != pod.Uid || _abandoned) return false;
                    var (phase, reason, message) = _final ?? (PodStatus.Phase(pod), null, null);
                    PodStatus.Apply(target, pod, phase, reason, message, pod.Node.Time.GetUtcNow());
                    return true;
                }, "status", CancellationToken.None);
            }
            catch (ApiException e)
            {
                pod.Node.Events.Warning(pod.Stored, "FailedStatusUpdate", e.Message);
            }
            if (last) return;
        }
    }

    public void Dispose() => _changed.Dispose();
}
