using System.Collections.Concurrent;
using Dex.Apply.Applying;
using Dex.Apply.History;
using Dex.Apply.Planning;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>Takes a release down by its record alone: stage by stage, each object by its UID, each stage gone before the next.</summary>
sealed class Remover(KubeClient client, RecordStore records, Release release, RemoveOptions options, IProgress<ApplyEvent>? progress)
{
    static readonly ResourceId Services = KnownResources.Get("v1", "Service");
    static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);
    readonly TimeProvider time = client.Time;
    readonly ConcurrentQueue<ObjectRef> removed = new();
    readonly ConcurrentQueue<RemainingObject> kept = new();
    readonly ConcurrentDictionary<ObjectRef, RemainingObject> remaining = new();

    /// <summary>An object to remove.</summary>
    sealed record Item(InventoryEntry Entry, ResourceId Resource, Stage Stage);

    public async Task<RemoveResult> RunAsync(CancellationToken ct)
    {
        var started = time.GetTimestamp();
        if (await records.LoadAsync(release, ct) is not { } record) return await FinishAsync(false, started, [], ct);

        // A deploy that is under way sees the new generation and stops; only then is its lock free.
        record = await records.UpdateAsync(release, record, before => before with { Generation = before.Generation + 1 }, ct);
        var asDeploy = new DeployOptions { Holder = options.Holder, IsDead = options.IsDead };
        await using var held = await ReleaseLock.TakeAsync(client, release, asDeploy, time, progress, ct);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, held.Lost);
        record = await records.LoadAsync(release, ct) ?? record;
        IReadOnlyList<InventoryEntry> left = record.Inventory;
        try
        {
            await RemoveAsync(record.Inventory, stop.Token);
            left = [.. record.Inventory.Where(entry => remaining.ContainsKey(entry.Ref))];
        }
        finally
        {
            var gone = removed.Concat(kept.Select(entry => entry.Object)).ToHashSet();
            await SaveAsync(record, [.. left.Where(entry => !gone.Contains(entry.Ref))]);
        }

        return await FinishAsync(true, started, record.Inventory, ct);
    }

    async Task<RemoveResult> FinishAsync(bool existed, long started, IReadOnlyList<InventoryEntry> inventory, CancellationToken ct)
    {
        var removing = time.GetElapsedTime(started);
        var (found, unverified) = release.Selector is null ? ([], []) : await new Verification(client, new LabelledObjects(client, release, release.Selector)).RunAsync(inventory, ct);
        var all = remaining.Values.Concat(found.Where(obj => !remaining.ContainsKey(obj.Object))).ToList();
        return new RemoveResult
        {
            Existed = existed,
            Removed = [.. removed.Where(obj => !all.Any(rest => rest.Object == obj))],
            Remaining = all,
            Kept = [.. kept],
            Unverified = unverified,
            RemoveTime = removing,
            VerifyTime = time.GetElapsedTime(started) - removing,
        };
    }

    async Task SaveAsync(ReleaseRecord record, IReadOnlyList<InventoryEntry> left)
    {
        using var limit = new CancellationTokenSource(LastWords, time);
        if (left.Count == 0 && !options.KeepRecord)
        {
            await new RevisionStore(client, release).DeleteAllAsync(record.Revision, limit.Token);
            await records.DeleteAsync(release, limit.Token);
        }
        else await records.UpdateAsync(release, record, before => before.Generation != record.Generation ? throw new SupersededException(release) : before with { Inventory = left }, limit.Token);
    }

    /// <param name="cancelled">Ends when the user has had enough.</param>
    async Task RemoveAsync(IReadOnlyList<InventoryEntry> inventory, CancellationToken cancelled)
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancelled, limit.Token);
        var ct = limited.Token;
        var items = await ResolveAsync(inventory, ct);
        var namespaces = items.Where(item => item.Stage == Stage.Namespaces && item.Entry.Owned).Select(item => item.Entry.Ref.Name).ToHashSet();
        try
        {
            foreach (var stage in items.GroupBy(item => item.Stage).OrderBy(stage => stage.Key))
            {
                // A namespace takes the rest with it.
                var alone = stage.Key is Stage.Volumes or Stage.Config
                    ? stage.Where(item => !namespaces.Contains(item.Entry.Ref.Namespace)).ToList()
                    : [.. stage];
                await StageAsync(stage.Key, alone, namespaces, ct);
            }
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            await NameRestAsync(items, cancelled);
            return;
        }

        foreach (var item in items.Where(item => namespaces.Contains(item.Entry.Ref.Namespace) && item.Stage is Stage.Volumes or Stage.Config)) removed.Enqueue(item.Entry.Ref);
    }

    async Task<List<Item>> ResolveAsync(IReadOnlyList<InventoryEntry> inventory, CancellationToken ct)
    {
        var kinds = new Kinds(client, []);
        var balancers = await LoadBalancersAsync(inventory, ct);
        var items = new List<Item>();
        foreach (var entry in inventory)
        {
            var resource = await kinds.FindAsync(entry.Ref.Gvk, ct);
            if (resource is null) removed.Enqueue(entry.Ref);
            else if (!entry.Owned) kept.Enqueue(new RemainingObject(entry.Ref, "it existed before"));
            else items.Add(new Item(entry, resource, Stages.Of(entry.Ref.Gvk, resource, balancers.Contains(entry.Ref))));
        }

        return items;
    }

    async Task<HashSet<ObjectRef>> LoadBalancersAsync(IReadOnlyList<InventoryEntry> inventory, CancellationToken ct)
    {
        var found = new HashSet<ObjectRef>();
        foreach (var ns in inventory.Where(entry => entry.Ref.Gvk.GroupKind == "Service").Select(entry => entry.Ref.Namespace).Distinct())
        {
            var list = await client.ListAsync(Services, ns, Selection.All, ct);
            found.UnionWith(list.Items.Where(service => service.Text("spec", "type") == "LoadBalancer").Select(ObjectRef.Of));
        }

        return found;
    }

    async Task StageAsync(Stage stage, IReadOnlyList<Item> items, HashSet<string> namespaces, CancellationToken ct)
    {
        var held = new ConcurrentQueue<(Item Item, string Uid)>();
        await InParallel.ForEachAsync(items, async (item, token) =>
        {
            // Where the namespace goes too, its end tells that the pods are gone.
            var propagation = stage == Stage.Workloads && !namespaces.Contains(item.Entry.Ref.Namespace) ? Propagation.Foreground : Propagation.Background;
            if (await DeleteAsync(item, propagation, token) is { } uid) held.Enqueue((item, uid));
        }, ct);
        await Task.WhenAll(held.GroupBy(entry => (entry.Item.Resource, entry.Item.Entry.Ref.Namespace)).Select(group =>
            Deletion.WaitAsync(client, group.Key.Resource, group.Key.Namespace, group.ToDictionary(entry => entry.Uid, entry => entry.Item.Entry.Ref), Gone, ct)));
    }

    /// <summary>Deletes; the UID of an object that is still there and must be waited for, else null.</summary>
    async Task<string?> DeleteAsync(Item item, Propagation propagation, CancellationToken ct)
    {
        try
        {
            if (await Ours.UidAsync(client, item.Resource, item.Entry, ct) is not { } uid)
            {
                // An intent that was never carried out: there is nothing, or nothing of ours.
                Gone(item.Entry.Ref);
                return null;
            }

            switch (await Deletion.DeleteAsync(client, item.Resource, item.Entry.Ref, uid, propagation, ct))
            {
                case Deletion.Outcome.Held:
                    progress?.Report(new ObjectDeleted(item.Entry.Ref, false));
                    return uid;
                case Deletion.Outcome.Replaced:
                    kept.Enqueue(new RemainingObject(item.Entry.Ref, "somebody else has created another object of this name"));
                    return null;
                default:
                    Gone(item.Entry.Ref);
                    return null;
            }
        }
        catch (KubeApiException exception)
        {
            remaining[item.Entry.Ref] = new RemainingObject(item.Entry.Ref, exception.Status.Message);
            return null;
        }
    }

    void Gone(ObjectRef obj)
    {
        removed.Enqueue(obj);
        progress?.Report(new ObjectDeleted(obj, true));
    }

    /// <summary>The time is up: says of everything that is not gone what holds it.</summary>
    async Task NameRestAsync(IReadOnlyList<Item> items, CancellationToken ct)
    {
        var gone = removed.ToHashSet();
        await InParallel.ForEachAsync(items.Where(item => !gone.Contains(item.Entry.Ref) && !remaining.ContainsKey(item.Entry.Ref)), async (item, token) =>
        {
            var live = await client.GetAsync(item.Resource, item.Entry.Ref.Namespace, item.Entry.Ref.Name, token);
            if (live is null || (item.Entry.Uid.Length > 0 && live.Uid() != item.Entry.Uid)) removed.Enqueue(item.Entry.Ref);
            else remaining[item.Entry.Ref] = Remains.Of(item.Entry.Ref, live);
        }, ct);
    }
}
