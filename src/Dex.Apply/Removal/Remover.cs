using Dex.Apply.History;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Yaml;

namespace Dex.Apply.Removal;

/// <summary>Takes a release down by its record alone: announced, under the lock, verified, and concluded in the record.</summary>
sealed class Remover(KubeClient client, RecordStore records, Release release, RemoveOptions options, IProgress<ApplyEvent>? progress)
{
    /// <summary>After so many rounds of taking finalizers off, whatever sets them anew has won.</summary>
    const int ForceRounds = 5;
    static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);
    static readonly TimeSpan Conclusion = TimeSpan.FromMinutes(1);
    readonly TimeProvider _time = client.Time;
    readonly Teardown _teardown = new(client, release, progress);
    readonly List<RemainingObject> _forced = [];

    public async Task<RemoveResult> RunAsync(CancellationToken ct)
    {
        var started = _time.GetTimestamp();
        if (await AnnounceAsync(ct) is not var (announced, declined)) return await ResultAsync(false, started, [], ct);
        if (declined) return Declined();

        // A deploy that is under way sees the new generation and stops; only then is its lock free.
        await using var held = await ReleaseLock.TakeAsync(client, release, new DeployOptions { Holder = options.Holder, IsDead = options.IsDead }, _time, progress, ct);
        if (await records.LoadAsync(release, ct) is not { } record) return await ResultAsync(false, started, [], ct);
        if (record.Generation != announced.Generation) throw new SupersededException(release);
        await using var guard = new GenerationGuard(client, release, record.Generation, ct);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, held.Lost, guard.Superseded);
        try
        {
            return await RemoveAsync(record, started, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw guard.Superseded.IsCancellationRequested ? new SupersededException(release) : ApplyErrors.LockLost(release);
        }
    }

    /// <summary>The record after the announcement, and whether the caller declined; null when there is no record.</summary>
    async Task<(ReleaseRecord Record, bool Declined)?> AnnounceAsync(CancellationToken ct)
    {
        if (await records.LoadAsync(release, ct) is not { } found) return null;
        var (vanished, declined) = (false, false);
        var record = await records.UpdateAsync(release, found, before =>
        {
            vanished = before.ResourceVersion.Length == 0;
            if (vanished) return null;
            var after = options.Announce is null ? before : options.Announce(before);
            declined = after is null;
            return after is null ? null : after with { Generation = before.Generation + 1 };
        }, ct);
        return vanished ? null : (record, declined);
    }

    async Task<RemoveResult> RemoveAsync(ReleaseRecord record, long started, CancellationToken ct)
    {
        try
        {
            await _teardown.RunAsync([.. record.Inventory, .. Made(record)], options.Timeout, ct);
            if (options.ForceFinalizers) await ForceAsync(record, ct);
            var result = await ResultAsync(true, started, record.Inventory, ct);
            await ConcludeAsync(record, result);
            return result;
        }
        catch
        {
            await TrySaveAsync(record);
            throw;
        }
    }

    async Task ForceAsync(ReleaseRecord record, CancellationToken ct)
    {
        for (var round = 0; round < ForceRounds && _teardown.Remaining.Count > 0; round++)
        {
            var stripped = await new Finalizers(client).StripAsync(_teardown.Remaining.Values, ct);
            if (stripped.Count == 0) return;
            _forced.AddRange(stripped);
            var gone = Settled();
            await _teardown.RunAsync([.. record.Inventory.Concat(Made(record)).Where(entry => !gone.Contains(entry.Ref))], options.Timeout, ct);
        }
    }

    IEnumerable<InventoryEntry> Made(ReleaseRecord record) => options.Made?.Invoke(record).Select(obj => new InventoryEntry(obj) { Owned = true, IsMade = true }) ?? [];

    async Task<RemoveResult> ResultAsync(bool existed, long started, IReadOnlyList<InventoryEntry> inventory, CancellationToken ct)
    {
        var removing = _time.GetElapsedTime(started);
        var (found, unverified) = release.Selector is null ? ([], []) : await new Verification(client, new LabelledObjects(client, release, release.Selector)).RunAsync(inventory, _teardown.Remaining.Count == 0, ct);
        var kept = _teardown.Kept.Select(left => left.Object).ToHashSet();
        var all = _teardown.Remaining.Values.Concat(found.Where(left => !_teardown.Remaining.ContainsKey(left.Object) && !kept.Contains(left.Object))).ToList();
        return new RemoveResult
        {
            Existed = existed,
            Removed = [.. _teardown.Removed.Distinct().Where(obj => !all.Any(rest => rest.Object == obj))],
            Remaining = all,
            Kept = [.. _teardown.Kept],
            Forced = _forced,
            Unverified = unverified,
            RemoveTime = removing,
            VerifyTime = _time.GetElapsedTime(started) - removing,
        };
    }

    static RemoveResult Declined() => new()
    {
        Existed = true,
        Declined = true,
        Removed = [],
        Remaining = [],
        Kept = [],
        Unverified = [],
        RemoveTime = TimeSpan.Zero,
        VerifyTime = TimeSpan.Zero,
    };

    /// <summary>The last write: what the caller keeps, and everything that is not gone. Not cancellable, as everything else is done.</summary>
    async Task ConcludeAsync(ReleaseRecord record, RemoveResult result)
    {
        using var limit = new CancellationTokenSource(Conclusion, _time);
        var left = Left(record, result);
        if (options.Conclude is null && result.Verdict == RemoveVerdict.Clean)
        {
            await new RevisionStore(client, release).DeleteAllAsync(record.Revision, limit.Token);
            await records.DeleteAsync(release, limit.Token);
            return;
        }

        var forget = false;
        var last = await records.UpdateAsync(release, before =>
        {
            if (before.Generation != record.Generation) throw new SupersededException(release);
            var after = options.Conclude is null ? before : options.Conclude(before, result);
            forget = after is null;
            return after is null ? null : after with { Inventory = left };
        }, limit.Token);
        if (result.Verdict == RemoveVerdict.Clean) await new RevisionStore(client, release).DeleteAllAsync(record.Revision, limit.Token);
        if (forget) await records.DeleteAsync(release, last, limit.Token);
    }

    /// <summary>What the next removal has to look after: the rest of the inventory, and what carries the label and only dex can have applied.</summary>
    IReadOnlyList<InventoryEntry> Left(ReleaseRecord record, RemoveResult result)
    {
        var rest = result.Remaining.ToDictionary(left => left.Object);
        var known = record.Inventory.Select(entry => entry.Ref).ToHashSet();
        return
        [
            .. record.Inventory.Where(entry => rest.ContainsKey(entry.Ref)),
            .. result.Remaining.Where(left => left.IsOurs && !known.Contains(left.Object))
                .Select(left => new InventoryEntry(left.Object) { Uid = left.Uid, Phase = InventoryPhase.Applied, Owned = true }),
        ];
    }

    HashSet<ObjectRef> Settled() => [.. _teardown.Removed, .. _teardown.Kept.Select(left => left.Object)];

    /// <summary>On the way out: what goes wrong here must not hide why the removal ends. The record still names everything.</summary>
    async Task TrySaveAsync(ReleaseRecord record)
    {
        using var limit = new CancellationTokenSource(LastWords, _time);
        var gone = Settled();
        try
        {
            await records.UpdateAsync(release, record, before => before.Generation != record.Generation ? null : before with { Inventory = [.. record.Inventory.Where(entry => !gone.Contains(entry.Ref))] }, limit.Token);
        }
        catch (Exception exception) when (exception is DiagnosticException or OperationCanceledException)
        {
            // The next removal finds out again that these are gone.
        }
    }
}
