using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Applying;

/// <summary>Deletes exactly the object that is meant, and can wait until it is gone.</summary>
static class Deletion
{
    /// <summary>What became of a deletion.</summary>
    public enum Outcome
    {
        /// <summary>It is gone.</summary>
        Gone,

        /// <summary>Finalizers or a grace period hold it.</summary>
        Held,

        /// <summary>Another object has its name now; that one was left alone.</summary>
        Replaced,
    }

    public static async Task<Outcome> DeleteAsync(
        KubeClient client, ResourceId resource, ObjectRef target, string uid, CancellationToken ct, Propagation propagation = Propagation.Background)
    {
        try
        {
            var held = await client.DeleteAsync(resource, target.Namespace, target.Name, ct, new DeleteRequest { Uid = uid, Propagation = propagation });
            return held is null ? Outcome.Gone : Outcome.Held;
        }
        catch (KubeApiException exception) when (exception.IsConflict)
        {
            return Outcome.Replaced;
        }
    }

    public static async Task DeleteAndWaitAsync(KubeClient client, ResourceId resource, ObjectRef target, string uid, CancellationToken ct)
    {
        if (await DeleteAsync(client, resource, target, uid, ct) == Outcome.Held) await WaitAsync(client, resource, target, uid, ct);
    }

    /// <summary>Until the object with this UID is gone.</summary>
    public static async Task WaitAsync(KubeClient client, ResourceId resource, ObjectRef target, string uid, CancellationToken ct)
    {
        var seen = false;
        var selection = new Selection { Fields = $"metadata.name={target.Name}", MetadataOnly = true };
        await foreach (var change in client.WatchAsync(resource, target.Namespace, selection, ct))
        {
            if (change.Type == WatchEventType.Synced && !seen) return;
            if (change.Type == WatchEventType.Synced) continue;
            if (change.Type == WatchEventType.Deleted && change.Object.Uid() == uid) return;
            seen |= change.Object.Uid() == uid;
        }
    }
}
