using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>
/// Deletes objects whose owners are gone, and finishes foreground and orphaning deletions. An owner is known by its uid; one of the
/// same name is another object.
/// </summary>
sealed class GarbageCollector(ControllerContext context) : Controller(context, "garbage-collector")
{
    const string Foreground = "foregroundDeletion";
    const string Orphan = "orphan";

    readonly Lock _gate = new();
    readonly Dictionary<string, HashSet<ObjectKey>> _dependents = new(StringComparer.Ordinal);
    readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    EveryResource? _everything;

    public override void Start() => _everything = new(Registry, Observe);

    public override ValueTask DisposeAsync()
    {
        _everything?.Dispose();
        return base.DisposeAsync();
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (Registry.Get(key) is not { } obj)
            return null;

        if (obj.DeletionTimestamp is null)
            await CollectAsync(obj, ct);
        else if (obj.Finalizers.Contains(Orphan))
            await OrphanAsync(obj, ct);
        else if (obj.Finalizers.Contains(Foreground))
            await FinishForegroundAsync(obj, ct);

        return null;
    }

    void Observe(Change change)
    {
        var obj = change.Object;
        var owners = change.Type == ChangeType.Deleted ? [] : obj.Owners.Select(o => o.Uid).ToHashSet(StringComparer.Ordinal);
        List<ObjectKey> orphans = [];
        List<ObjectKey> waiting = [];
        lock (_gate)
        {
            foreach (var former in (change.Previous ?? obj).Owners.Where(o => !owners.Contains(o.Uid)))
            {
                if (_dependents.TryGetValue(former.Uid, out var others) && others.Remove(obj.Key) && others.Count == 0)
                {
                    _dependents.Remove(former.Uid);
                    _gone.Remove(former.Uid);
                }

                // A foreground deletion may have waited for just this one.
                if (KeyOf(former, obj.Key.Namespace) is { } owner)
                    waiting.Add(owner);
            }

            foreach (var uid in owners)
                (_dependents.TryGetValue(uid, out var keys) ? keys : _dependents[uid] = []).Add(obj.Key);

            if (change.Type == ChangeType.Deleted && _dependents.TryGetValue(obj.Uid, out var left))
            {
                _gone.Add(obj.Uid);
                orphans = [.. left];
            }
        }

        orphans.ForEach(Enqueue);
        waiting.ForEach(Enqueue);
        if (change.Type != ChangeType.Deleted
            && (obj.DeletionTimestamp is not null || (owners.Count > 0 && (change.Previous is null || !owners.SetEquals(change.Previous.Owners.Select(o => o.Uid))))))
        {
            Enqueue(obj.Key);
        }
    }

    /// <summary>Drops owners that are gone; without a remaining one the object goes, too.</summary>
    async Task CollectAsync(StoredObject obj, CancellationToken ct)
    {
        var states = obj.Owners.Select(o => (Owner: o, State: StateOf(o, obj))).ToList();
        var leaving = states.Where(s => s.State != OwnerState.Solid).ToList();
        if (leaving.Count == 0)
            return;

        if (leaving.Count < states.Count)
        {
            await Registry.UpdateAsync(obj.Key, live => leaving.Aggregate(false, (changed, s) => Claims.RemoveOwner(live, s.Owner.Uid) | changed), "", ct);
            return;
        }

        var foreground = leaving.Any(s => s.State == OwnerState.Waiting) && DependentsOf(obj).Count > 0;
        var policy = obj.Finalizers.Contains(Orphan) ? Orphan : obj.Finalizers.Contains(Foreground) || foreground ? "Foreground" : "Background";
        await DeleteAsync(obj, policy == Orphan ? "Orphan" : policy, ct);
    }

    async Task OrphanAsync(StoredObject owner, CancellationToken ct)
    {
        await Task.WhenAll(DependentsOf(owner).Select(d => Registry.UpdateAsync(d.Key, live => Claims.RemoveOwner(live, owner.Uid), "", ct)));
        await RemoveFinalizerAsync(owner, Orphan, ct);
    }

    async Task FinishForegroundAsync(StoredObject owner, CancellationToken ct)
    {
        var left = DependentsOf(owner);
        foreach (var dependent in left.Where(d => d.DeletionTimestamp is null))
            Enqueue(dependent.Key);

        if (!left.Any(d => d.Owners.Any(o => o.Uid == owner.Uid && o.BlockOwnerDeletion)))
            await RemoveFinalizerAsync(owner, Foreground, ct);
    }

    /// <summary>Looks at everything: the index may not have heard of a dependent that was made a moment ago.</summary>
    List<StoredObject> DependentsOf(StoredObject owner)
    {
        var ns = owner.Key.Namespace.Length > 0 ? owner.Key.Namespace : null;
        return [.. Registry.Resources.DistinctBy(r => r.Key).Where(r => r.Namespaced || ns is null)
            .SelectMany(r => Registry.List(r.Key, ns)).Where(o => o.Owners.Any(reference => reference.Uid == owner.Uid))];
    }

    async Task RemoveFinalizerAsync(StoredObject obj, string finalizer, CancellationToken ct) =>
        await Registry.UpdateAsync(obj.Key, live =>
            live.Uid() == obj.Uid && live.Metadata()["finalizers"] is JsonArray list && list.RemoveAll(f => f?.GetValue<string>() == finalizer) > 0, "", ct);

    OwnerState StateOf(OwnerReference reference, StoredObject dependent)
    {
        if (KeyOf(reference, dependent.Key.Namespace) is not { } key)
        {
            // Of a kind that is not served any more: only its own deletion tells that it is gone.
            lock (_gate)
            {
                return _gone.Contains(reference.Uid) ? OwnerState.Gone : OwnerState.Solid;
            }
        }

        var owner = Registry.Get(key);
        return owner?.Uid != reference.Uid ? OwnerState.Gone
            : owner.DeletionTimestamp is not null && owner.Finalizers.Contains(Foreground) ? OwnerState.Waiting
            : OwnerState.Solid;
    }

    /// <summary>Where an owner would be: in the dependent's namespace, or in none. Null for a kind that is not served.</summary>
    ObjectKey? KeyOf(OwnerReference owner, string ns)
    {
        var group = GroupVersionKind.Parse(owner.ApiVersion, owner.Kind).Group;
        var resource = Registry.Resources.FirstOrDefault(r => r.Kind == owner.Kind && r.Group == group);
        return resource is null || (resource.Namespaced && ns.Length == 0) ? null : new ObjectKey(resource.Key, resource.Namespaced ? ns : "", owner.Name);
    }

    enum OwnerState
    {
        Solid,
        Waiting,
        Gone,
    }
}
