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
    readonly RecordStore _records = new(client);
    readonly Applier _applier = new(client, plan, options, progress);
    readonly Dictionary<ObjectRef, JsonObject> _live = [];
    readonly HashSet<ObjectRef> _wanted = plan.Objects.Select(obj => obj.Ref).ToHashSet();

    /// <summary>What has been waited for and stays as it is: jobs that have run, kinds that are defined.</summary>
    readonly HashSet<ObjectRef> _over = [];
    readonly Patience _patience = new(options.Timeout, client.Time);
    readonly Lazy<byte[]> _packed = new(() => RevisionFormat.Pack(plan.Objects.Select(obj => obj.Desired)));
    ReleaseRecord _record = new();

    /// <summary>The objects that were sent and accepted.</summary>
    public IReadOnlyList<PlannedObject> Applied => [.. _applier.Applied.Select(applied => applied.Planned)];

    /// <summary>What was deleted.</summary>
    public IReadOnlyList<ObjectRef> Deleted { get; private set; } = [];

    /// <summary>The record's state after the run.</summary>
    public ReleaseRecord Record => _record;

    /// <summary>Sends everything up to what must be ready first.</summary>
    public async Task SendAsync(ReleaseRecord written, CancellationToken ct)
    {
        _record = written;
        IReadOnlyList<InventoryEntry> remaining;
        foreach (var obj in plan.Objects.Where(obj => obj.Live is not null)) _live[obj.Ref] = obj.Live!;
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
        var limit = !options.Wait ? TimeSpan.Zero : _patience.Remaining < PrunePatience ? _patience.Remaining : PrunePatience;
        return new Pruner(client, limit, progress).PruneAsync(plan.Deleted, ct);
    }

    /// <summary>Waits until everything is ready, then runs what comes after.</summary>
    public async Task WaitAsync(CancellationToken ct)
    {
        // Done while there is time, so that the end comes soon after the last object is ready.
        if (options.About is not null) _ = Task.Run(() => _packed.Value, ct);
        await WaitAsync(plan.Steps.Where(step => step.Wave != Wave.AfterDeploy).SelectMany(step => step.Objects), ct);
        var last = plan.Steps.Where(step => step.Wave == Wave.AfterDeploy).ToList();
        if (last.Count == 0) return;
        var rest = _record.Inventory.Where(entry => !_wanted.Contains(entry.Ref)).ToList();
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
        if (options.About is not { } about || !_record.Pending) return null;
        var revision = new Revision(_record.Revision + 1) { Succeeded = succeeded, About = about, Objects = [.. plan.Objects.Select(obj => obj.Desired)], Packed = _packed.Value };
        await new RevisionStore(client, release).AddAsync(revision, ct);
        _record = await _records.UpdateAsync(release, _record, before => before.Generation == _record.Generation ? before with { Revision = revision.Number, Pending = false } : null, ct);
        return revision.Number;
    }

    async Task SendAsync(Step step, CancellationToken ct)
    {
        await _applier.SendAsync(step.Objects.Where(obj => obj.Change != ChangeKind.Unchanged), ct);
        foreach (var (planned, state) in _applier.Applied) _live[planned.Ref] = state;
        if (_applier.Refused.Count > 0) throw Refused();
        if (step.Gates.Count == 0) return;
        await WaitAsync(step.Gates, ct);
        _over.UnionWith(step.Gates.Where(gate => RunOnce.Is(gate.Desired) || gate.Ref.Gvk.Kind == Kinds.Definition).Select(gate => gate.Ref));
    }

    DeployFailedException Refused()
    {
        IReadOnlyList<ObjectRef> applied = [.. Applied.Select(planned => planned.Ref)];
        var unsent = plan.Objects.Count(obj => obj.Change != ChangeKind.Unchanged) - applied.Count - _applier.Refused.Count;
        return new DeployFailedException([.. _applier.Refused.Select(refused => refused.Reason), ApplyErrors.Stopped(applied, unsent)])
        {
            Applied = applied,
            Failed = [.. _applier.Refused.Select(refused => refused.Ref)],
        };
    }

    Task WaitAsync(IEnumerable<PlannedObject> objects, CancellationToken ct)
    {
        // What ran once and was cleaned away since is not there to be waited for.
        var targets = objects.Where(obj => _live.ContainsKey(obj.Ref) && !_over.Contains(obj.Ref)).Select(obj => new Target(obj.Ref, obj.Resource, _live[obj.Ref])).ToList();
        return new Waiter(client, _patience, progress).WaitAsync(targets, ct);
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
        var sent = _applier.Applied.ToDictionary(applied => applied.Planned.Ref);
        _record = await _records.UpdateAsync(release, _record, before => before.Generation != _record.Generation ? throw new SupersededException(release) : before with
        {
            Inventory =
            [
                .. before.Inventory.Where(entry => sent.ContainsKey(entry.Ref) || _wanted.Contains(entry.Ref))
                    .Select(entry => sent.TryGetValue(entry.Ref, out var applied) ? Applier.Entry(applied.Planned, applied.Live, entry) : entry),
                .. leftovers.Where(entry => !_wanted.Contains(entry.Ref)),
            ],
        }, ct);
    }
}
