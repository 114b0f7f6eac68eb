using System.Collections.Concurrent;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api;

/// <summary>
/// Objects are created only in namespaces that live. A namespace that has just gone still answers as one that is going: on a real
/// server, whose namespaces take seconds to go, that is what a late creator is told, and clients know to stop at it.
/// </summary>
internal sealed class NamespaceLifecycle
{
    static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(2);

    readonly ConcurrentDictionary<string, long> gone = new(StringComparer.Ordinal);
    readonly Store store;
    readonly TimeProvider time;

    public NamespaceLifecycle(Store store, TimeProvider time)
    {
        this.store = store;
        this.time = time;
        store.Shown += Follow;
    }

    /// <exception cref="ApiException">404 or 403 NamespaceTerminating.</exception>
    public void Check(ResourceType type, string ns, string name)
    {
        if (store.Latest.Get(new ObjectKey("namespaces", "", ns)) is { } owner)
        {
            if (owner.DeletionTimestamp is not null)
                throw ApiErrors.NamespaceTerminating(type, ns, name);
            return;
        }
        if (gone.TryGetValue(ns, out var since) && time.GetElapsedTime(since) < Aftermath)
            throw ApiErrors.NamespaceTerminating(type, ns, name);
        throw ApiErrors.NamespaceNotFound(ns);
    }

    void Follow(Change change)
    {
        if (change.Object.Key.Resource != "namespaces" || change.Type != ChangeType.Deleted)
            return;
        foreach (var (name, since) in gone)
        {
            if (time.GetElapsedTime(since) >= Aftermath)
                gone.TryRemove(name, out _);
        }
        gone[change.Object.Key.Name] = time.GetTimestamp();
    }
}
