using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>Writes a pod's status in the background: one write at a time, and one for all changes that came meanwhile.</summary>
internal sealed class PodStatusWriter(PodContext pod) : IDisposable
{
    private readonly SemaphoreSlim changed = new(0);
    private readonly Lock gate = new();
    private Task? writing;
    private bool closed;
    private volatile bool abandoned;
    private (string Phase, string? Reason, string? Message)? final;

    public void Publish()
    {
        lock (gate)
        {
            if (closed) return;
            writing ??= Task.Run(WriteAsync);
            changed.Release();
        }
    }

    /// <summary>From now on the pod is in its last phase.</summary>
    public void Finish(string phase, string? reason, string? message)
    {
        final = (phase, reason, message);
        Publish();
    }

    /// <summary>Writes nothing any more: the next agent shall find the pod as it ran.</summary>
    public void Abandon() => abandoned = true;

    /// <summary>Waits until everything is written.</summary>
    public async Task CloseAsync()
    {
        lock (gate)
        {
            closed = true;
            changed.Release();
        }
        if (writing is not null) await writing;
    }

    private async Task WriteAsync()
    {
        while (true)
        {
            await changed.WaitAsync();
            while (changed.Wait(0)) { }
            bool last;
            lock (gate) last = closed;
            try
            {
                await pod.Node.Registry.UpdateAsync(pod.Key, target =>
                {
                    if (target.Uid() != pod.Uid || abandoned) return false;
                    var (phase, reason, message) = final ?? (PodStatus.Phase(pod), null, null);
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

    public void Dispose() => changed.Dispose();
}
