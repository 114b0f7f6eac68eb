using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Applying;

/// <summary>Deletes exactly the object that is meant, and can wait until it is gone.</summary>
static class Deletion
{
    const int Attempts = 10;

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
        KubeClient client, ResourceId resource, ObjectRef target, string uid, Propagation propagation, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var held = await client.DeleteAsync(resource, target.Namespace, target.Name, new DeleteRequest { Uid = uid, Propagation = propagation }, ct);
                return held is null ? Outcome.Gone : Outcome.Held;
            }
            catch (KubeApiException exception) when (exception.IsConflict)
            {
                // A conflict may also come from a controller that wrote at the same moment; only another UID means another object.
                if (await client.GetAsync(resource, target.Namespace, target.Name, ct) is not { } present) return Outcome.Gone;
                if (present.Uid() != uid) return Outcome.Replaced;
                if (attempt == Attempts) throw;
            }
        }
    }

    public static async Task DeleteAndWaitAsync(KubeClient client, ResourceId resource, ObjectRef target, string uid, CancellationToken ct)
    {
        if (await DeleteAsync(client, resource, target, uid, Propagation.Background, ct) == Outcome.Held)
        {
            await WaitAsync(client, resource, target.Namespace, new Dictionary<string, ObjectRef> { [uid] = target }, _ => { }, ct);
        }
    }

    /// <summary>Until all of these objects of one kind and namespace are gone; one watch tells of all.</summary>
    /// <param name="targets">By UID.</param>
    /// <param name="gone">Called for each as it goes.</param>
    public static async Task WaitAsync(
        KubeClient client, ResourceId resource, string ns, IReadOnlyDictionary<string, ObjectRef> targets, Action<ObjectRef> gone, CancellationToken ct)
    {
        var rest = new Dictionary<string, ObjectRef>(targets, StringComparer.Ordinal);
        var there = new HashSet<string>(StringComparer.Ordinal);
        var only = targets.Count == 1 ? $"metadata.name={targets.Values.First().Name}" : null;
        await foreach (var change in client.WatchAsync(resource, ns, new Selection { Fields = only, MetadataOnly = true }, ct))
        {
            switch (change.Type)
            {
                case WatchEventType.Synced:
                    foreach (var uid in rest.Keys.Where(uid => !there.Contains(uid)).ToList()) Went(uid);
                    break;
                case WatchEventType.Deleted:
                    Went(change.Object.Uid());
                    break;
                default:
                    there.Add(change.Object.Uid());
                    break;
            }

            if (rest.Count == 0) return;
        }

        void Went(string uid)
        {
            if (rest.Remove(uid, out var target)) gone(target);
        }
    }
}
