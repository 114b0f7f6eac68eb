using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Records;

/// <summary>Watches the record while a run works, and stops the run as soon as a later one has begun.</summary>
sealed class GenerationGuard : IAsyncDisposable
{
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");
    readonly CancellationTokenSource _ended;
    readonly CancellationTokenSource _superseded = new();
    readonly Task _watching;

    public GenerationGuard(KubeClient client, Release release, long generation, CancellationToken ct)
    {
        _ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _watching = WatchAsync(client, release, generation);
    }

    /// <summary>Cancelled when a later run has begun.</summary>
    public CancellationToken Superseded => _superseded.Token;

    async Task WatchAsync(KubeClient client, Release release, long generation)
    {
        try
        {
            var selection = new Selection { Fields = $"metadata.name={release.Name}" };
            await foreach (var change in client.WatchAsync(ConfigMaps, release.Namespace, selection, _ended.Token))
            {
                if (change.Type is WatchEventType.Added or WatchEventType.Modified && long.TryParse(change.Object.Text("data", "generation"), out var present) && present > generation)
                {
                    await _superseded.CancelAsync();
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or KubeApiException or KubeConnectionException)
        {
            // Without the watch the next write of the record still finds out.
        }
    }

    public ValueTask DisposeAsync()
    {
        // Nobody has to wait for the end of the watch.
        _ = EndAsync();
        return ValueTask.CompletedTask;
    }

    async Task EndAsync()
    {
        await _ended.CancelAsync();
        await _watching;
        _ended.Dispose();
        _superseded.Dispose();
    }
}
