using System.Collections.Concurrent;
using Dex.Apply.Applying;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>Deletes what an inventory names: step by step, each object by its UID, each step gone before the next.</summary>
sealed class Teardown(KubeClient client, Release release, IProgress<ApplyEvent>? progress)
{
    readonly ConcurrentQueue<ObjectRef> _removed = new();
    readonly ConcurrentQueue<RemainingObject> _kept = new();
    readonly ConcurrentDictionary<ObjectRef, RemainingObject> _remaining = new();

    /// <summary>What is gone.</summary>
    public IReadOnlyCollection<ObjectRef> Removed => _removed;

    /// <summary>What is left alone.</summary>
    public IReadOnlyCollection<RemainingObject> Kept => _kept;

    /// <summary>What is still there.</summary>
    public IReadOnlyDictionary<ObjectRef, RemainingObject> Remaining => _remaining;

    /// <summary>Removes, until everything is gone or the time is up; may be called again for what remained.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancelled">Ends when the user has had enough.</param>
    public async Task RunAsync(IReadOnlyList<InventoryEntry> inventory, TimeSpan limit, CancellationToken cancelled)
    {
        _remaining.Clear();
        using var timer = new CancellationTokenSource(limit, client.Time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancelled, timer.Token);
        List<Doomed> items = [];
        var namespaces = inventory.Where(entry => entry is { Owned: true, Ref.Gvk: { Group: "", Kind: "Namespace" } }).Select(entry => entry.Ref.Name).ToHashSet(StringComparer.Ordinal);
        try
        {
            items = await ResolveAsync(inventory, namespaces, limited.Token);
            await InParallel.ForEachAsync(inventory.Where(Drivers.Is), (entry, token) => Drivers.SuspendAsync(client, entry, token), limited.Token);
            foreach (var step in Doomed.InOrder(items)) await StepAsync([.. step.Where(item => !GoesWithNamespace(item, namespaces))], namespaces, limited.Token);
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            await NameRestAsync(items, namespaces, cancelled);
            return;
        }

        foreach (var item in items.Where(item => GoesWithNamespace(item, namespaces))) _removed.Enqueue(item.Entry.Ref);
    }

    // What must go before something else is deleted by itself: a namespace ends in no order.
    static bool GoesWithNamespace(Doomed item, HashSet<string> namespaces) =>
        item.Stage is Stage.Volumes or Stage.Config && item.Entry.DependsOn.Length == 0 && namespaces.Contains(item.Entry.Ref.Namespace);

    async Task<List<Doomed>> ResolveAsync(IReadOnlyList<InventoryEntry> inventory, HashSet<string> namespaces, CancellationToken ct)
    {
        var (claims, retained) = await new Volumes(client, release).FindAsync(inventory, namespaces, ct);
        foreach (var volume in retained.Where(volume => !_kept.Any(known => known.Object == volume.Object))) _kept.Enqueue(volume);
        var items = await Doomed.FindAsync(client, [.. inventory, .. claims], ct);
        var served = items.Select(item => item.Entry.Ref).ToHashSet();
        foreach (var entry in inventory.Where(entry => !served.Contains(entry.Ref))) _removed.Enqueue(entry.Ref);
        foreach (var item in items.Where(item => !item.Entry.Owned)) _kept.Enqueue(new RemainingObject(item.Entry.Ref, "it existed before"));
        return [.. items.Where(item => item.Entry.Owned)];
    }

    async Task StepAsync(IReadOnlyList<Doomed> items, HashSet<string> namespaces, CancellationToken ct)
    {
        var held = new ConcurrentQueue<(Doomed Item, string Uid)>();
        await InParallel.ForEachAsync(items, async (item, token) =>
        {
            // Where the namespace goes too, its end tells that the pods are gone.
            var propagation = item.Stage == Stage.Workloads && !namespaces.Contains(item.Entry.Ref.Namespace) ? Propagation.Foreground : Propagation.Background;
            if (await DeleteAsync(item, propagation, token) is { } uid) held.Enqueue((item, uid));
        }, ct);
        await Task.WhenAll(held.GroupBy(entry => (entry.Item.Resource, entry.Item.Entry.Ref.Namespace)).Select(group =>
            Deletion.WaitAsync(client, group.Key.Resource, group.Key.Namespace, group.ToDictionary(entry => entry.Uid, entry => entry.Item.Entry.Ref), Gone, ct)));
    }

    /// <summary>Deletes; the UID of an object that is still there and must be waited for, else null.</summary>
    async Task<string?> DeleteAsync(Doomed item, Propagation propagation, CancellationToken ct)
    {
        try
        {
            if (await Ours.UidAsync(client, item.Resource, item.Entry, ct) is not { } uid)
            {
                // An intent that was never carried out: there is nothing, or nothing of ours.
                if (!item.Entry.IsMade) Gone(item.Entry.Ref);
                return null;
            }

            switch (await Deletion.DeleteAsync(client, item.Resource, item.Entry.Ref, uid, propagation, ct))
            {
                case Deletion.Outcome.Held:
                    progress?.Report(new ObjectDeleted(item.Entry.Ref, false));
                    return uid;
                case Deletion.Outcome.Replaced:
                    _kept.Enqueue(new RemainingObject(item.Entry.Ref, "somebody else has created another object of this name"));
                    return null;
                default:
                    Gone(item.Entry.Ref);
                    return null;
            }
        }
        catch (KubeApiException exception)
        {
            _remaining[item.Entry.Ref] = new RemainingObject(item.Entry.Ref, exception.Status.Message);
            return null;
        }
    }

    void Gone(ObjectRef obj)
    {
        _removed.Enqueue(obj);
        progress?.Report(new ObjectDeleted(obj, true));
    }

    /// <summary>The time is up: says of everything that is not gone what holds it.</summary>
    async Task NameRestAsync(IReadOnlyList<Doomed> items, HashSet<string> namespaces, CancellationToken ct)
    {
        var gone = _removed.Concat(_kept.Select(entry => entry.Object)).ToHashSet();
        await InParallel.ForEachAsync(items.Where(item => !gone.Contains(item.Entry.Ref) && !_remaining.ContainsKey(item.Entry.Ref)), async (item, token) =>
        {
            var live = await client.GetAsync(item.Resource, item.Entry.Ref.Namespace, item.Entry.Ref.Name, token);
            if (live is null || (item.Entry.Uid.Length > 0 && live.Uid() != item.Entry.Uid)) _removed.Enqueue(item.Entry.Ref);
            else _remaining[item.Entry.Ref] = Remains.Of(item.Entry.Ref, live);
        }, ct);
        foreach (var ns in namespaces)
        {
            foreach (var held in await new NamespaceContents(client).HeldAsync(ns, ct)) _remaining.TryAdd(held.Object, held);
        }
    }
}
