using System.Collections.Concurrent;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api;

/// <summary>
/// Objects are created only in namespaces that live. A namespace that has just gone still answers as one that is going: on a real
/// server, whose namespaces take seconds to go, that is what a late creator is told, and clients know to stop at it.
/// </summary>
sealed class NamespaceLifecycle
{
    static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(2);

    readonly ConcurrentDictionary<string, long> _gone = new(StringComparer.Ordinal);
    readonly Store _store;
    readonly TimeProvider _time;

    public NamespaceLifecycle(Store store, TimeProvider time)
    {
        _store = store;
        _time = time;
        store.Shown += Follow;
    }

    /// <exception cref="ApiException">404 or 403 NamespaceTerminating.</exception>
    public void Check(ResourceType type, string ns, string name)
    {
        if (_store.Latest.Get(new ObjectKey("namespaces", "", ns)) is { } owner)
        {
            if (owner.DeletionTimestamp is not null)
                throw ApiErrors.NamespaceTerminating(type, ns, name);
            return;
        }
        if (_gone.TryGetValue(ns, out var since) && _time.GetElapsedTime(since) < Aftermath)
            throw ApiErrors.NamespaceTerminating(type, ns, name);
        throw ApiErrors.NamespaceNotFound(ns);
    }

    void Follow(Change change)
    {
        if (change.Object.Key.Resource != "namespaces" || change.Type != ChangeType.Deleted)
            return;
        foreach (var (name, since) in _gone)
        {
            if (_time.GetElapsedTime(since) >= Aftermath)
                _gone.TryRemove(name, out _);
        }
        _gone[change.Object.Key.Name] = _time.GetTimestamp();
    }
}
