using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Records;

/// <summary>Watches the record while a run works, and stops the run as soon as a later one has begun.</summary>
sealed class GenerationGuard : IAsyncDisposable
{
    static readonly ResourceId ConfigMaps = KnownResources.Get("v1", "ConfigMap");
    readonly CancellationTokenSource ended;
    readonly CancellationTokenSource superseded = new();
    readonly Task watching;

    public GenerationGuard(KubeClient client, Release release, long generation, CancellationToken ct)
    {
        ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        watching = WatchAsync(client, release, generation);
    }

    /// <summary>Cancelled when a later run has begun.</summary>
    public CancellationToken Superseded => superseded.Token;

    async Task WatchAsync(KubeClient client, Release release, long generation)
    {
        try
        {
            var selection = new Selection { Fields = $"metadata.name={release.Name}" };
            await foreach (var change in client.WatchAsync(ConfigMaps, release.Namespace, selection, ended.Token))
            {
                if (change.Type is WatchEventType.Added or WatchEventType.Modified && long.TryParse(change.Object.Text("data", "generation"), out var present) && present > generation)
                {
                    await superseded.CancelAsync();
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
        await ended.CancelAsync();
        await watching;
        ended.Dispose();
        superseded.Dispose();
    }
}
