using System.Text.Json.Nodes;
using Dex.Apply.History;
using Dex.Apply.Planning;
using Dex.Apply.Readiness;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Yaml;

namespace Dex.Apply.Applying;

/// <summary>One run of a plan under the lock: intents into the record, objects in waves, leftovers out, record, readiness.</summary>
sealed class Deploy(KubeClient client, Release release, Plan plan, DeployOptions options, IProgress<ApplyEvent>? progress)
{
    /// <summary>What may be spent on saving the record after the run was cancelled.</summary>
    static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);
    static readonly TimeSpan PrunePatience = TimeSpan.FromMinutes(1);
    readonly RecordStore records = new(client);
    readonly Applier applier = new(client, plan, options, progress);
    readonly Dictionary<ObjectRef, JsonObject> live = [];
    readonly HashSet<ObjectRef> wanted = plan.Objects.Select(obj => obj.Ref).ToHashSet();

    /// <summary>What has been waited for and stays as it is: jobs that have run, kinds that are defined.</summary>
    readonly HashSet<ObjectRef> over = [];
    readonly Patience patience = new(options.Timeout, client.Time);
    readonly Lazy<byte[]> packed = new(() => RevisionFormat.Pack(plan.Objects.Select(obj => obj.Desired)));
    ReleaseRecord record = new();

    /// <summary>The objects that were sent and accepted.</summary>
    public IReadOnlyList<PlannedObject> Applied => [.. applier.Applied.Select(applied => applied.Planned)];

    /// <summary>What was deleted.</summary>
    public IReadOnlyList<ObjectRef> Deleted { get; private set; } = [];

    /// <summary>The record's state after the run.</summary>
    public ReleaseRecord Record => record;

    /// <summary>Sends everything up to what must be ready first.</summary>
    public async Task SendAsync(ReleaseRecord written, CancellationToken ct)
    {
        record = written;
        IReadOnlyList<InventoryEntry> remaining;
        foreach (var obj in plan.Objects.Where(obj => obj.Live is not null)) live[obj.Ref] = obj.Live!;
        try
        {
            foreach (var step in plan.Steps.Where(step => step.Wave != Wave.AfterDeploy)) await SendAsync(step, ct);
            remaining = options.Prune && plan.Deleted.Count > 0 ? await PruneAsync(ct) : plan.Deleted;
        }
        catch
        {
            await TrySaveAsync(plan.Deleted);
            throw;
        }

        Deleted = [.. plan.Deleted.Where(entry => !remaining.Any(rest => rest.Ref == entry.Ref && rest.Phase != InventoryPhase.Deleted)).Select(entry => entry.Ref)];
        await SaveAsync(remaining, ct);
    }

    /// <summary>Deletes what is not wanted any more; waits meanwhile for what must be gone first, but not for ever, as it can be done by the next deploy.</summary>
    Task<IReadOnlyList<InventoryEntry>> PruneAsync(CancellationToken ct)
    {
        var limit = !options.Wait ? TimeSpan.Zero : patience.Remaining < PrunePatience ? patience.Remaining : PrunePatience;
        return new Pruner(client, limit, progress).PruneAsync(plan.Deleted, ct);
    }

    /// <summary>Waits until everything is ready, then runs what comes after.</summary>
    public async Task WaitAsync(CancellationToken ct)
    {
        // Done while there is time, so that the end comes soon after the last object is ready.
        if (options.About is not null) _ = Task.Run(() => packed.Value, ct);
        await WaitAsync(plan.Steps.Where(step => step.Wave != Wave.AfterDeploy).SelectMany(step => step.Objects), ct);
        var last = plan.Steps.Where(step => step.Wave == Wave.AfterDeploy).ToList();
        if (last.Count == 0) return;
        var rest = record.Inventory.Where(entry => !wanted.Contains(entry.Ref)).ToList();
        try
        {
            foreach (var step in last) await SendAsync(step, ct);
        }
        catch
        {
            await TrySaveAsync(rest);
            throw;
        }

        await SaveAsync(rest, ct);
        await WaitAsync(last.SelectMany(step => step.Objects), ct);
    }

    /// <summary>Keeps this deploy as a revision, when the caller asked for that and something was changed.</summary>
    public async Task<int?> RememberAsync(bool succeeded, CancellationToken ct)
    {
        if (options.About is not { } about || !record.Pending) return null;
        var revision = new Revision(record.Revision + 1) { Succeeded = succeeded, About = about, Objects = [.. plan.Objects.Select(obj => obj.Desired)], Packed = packed.Value };
        await new RevisionStore(client, release).AddAsync(revision, ct);
        record = await records.UpdateAsync(release, record, before => before.Generation == record.Generation ? before with { Revision = revision.Number, Pending = false } : null, ct);
        return revision.Number;
    }

    async Task SendAsync(Step step, CancellationToken ct)
    {
        await applier.SendAsync(step.Objects.Where(obj => obj.Change != ChangeKind.Unchanged), ct);
        foreach (var (planned, state) in applier.Applied) live[planned.Ref] = state;
        if (applier.Refused.Count > 0) throw Refused();
        if (step.Gates.Count == 0) return;
        await WaitAsync(step.Gates, ct);
        over.UnionWith(step.Gates.Where(gate => RunOnce.Is(gate.Desired) || gate.Ref.Gvk.Kind == Kinds.Definition).Select(gate => gate.Ref));
    }

    DeployFailedException Refused()
    {
        IReadOnlyList<ObjectRef> applied = [.. Applied.Select(planned => planned.Ref)];
        var unsent = plan.Objects.Count(obj => obj.Change != ChangeKind.Unchanged) - applied.Count - applier.Refused.Count;
        return new DeployFailedException([.. applier.Refused.Select(refused => refused.Reason), ApplyErrors.Stopped(applied, unsent)])
        {
            Applied = applied,
            Failed = [.. applier.Refused.Select(refused => refused.Ref)],
        };
    }

    Task WaitAsync(IEnumerable<PlannedObject> objects, CancellationToken ct)
    {
        // What ran once and was cleaned away since is not there to be waited for.
        var targets = objects.Where(obj => live.ContainsKey(obj.Ref) && !over.Contains(obj.Ref)).Select(obj => new Target(obj.Ref, obj.Resource, live[obj.Ref])).ToList();
        return new Waiter(client, patience, progress).WaitAsync(targets, ct);
    }

    /// <summary>The same on the way out: what goes wrong here must not hide why the run ends. The intents are in the record already.</summary>
    async Task TrySaveAsync(IReadOnlyList<InventoryEntry> leftovers)
    {
        try
        {
            using var limit = new CancellationTokenSource(LastWords, client.Time);
            await WriteAsync(leftovers, limit.Token);
        }
        catch (Exception exception) when (exception is DiagnosticException or OperationCanceledException)
        {
            // The next run finds intents instead of UIDs.
        }
    }

    /// <summary>Writes what is known now; also when the run is cancelled meanwhile, as the next one saves work by it.</summary>
    async Task SaveAsync(IReadOnlyList<InventoryEntry> leftovers, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, client.Time);
        await using var cancelled = ct.Register(() => limit.CancelAfter(LastWords));
        await WriteAsync(leftovers, limit.Token);
    }

    async Task WriteAsync(IReadOnlyList<InventoryEntry> leftovers, CancellationToken ct)
    {
        var sent = applier.Applied.ToDictionary(applied => applied.Planned.Ref);
        record = await records.UpdateAsync(release, record, before => before.Generation != record.Generation ? throw new SupersededException(release) : before with
        {
            Inventory =
            [
                .. before.Inventory.Where(entry => sent.ContainsKey(entry.Ref) || wanted.Contains(entry.Ref))
                    .Select(entry => sent.TryGetValue(entry.Ref, out var applied) ? Applier.Entry(applied.Planned, applied.Live, entry) : entry),
                .. leftovers.Where(entry => !wanted.Contains(entry.Ref)),
            ],
        }, ct);
    }
}
