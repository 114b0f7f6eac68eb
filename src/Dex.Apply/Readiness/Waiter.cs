using System.Threading.Channels;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Apply.Readiness;

/// <summary>
/// Waits until objects are ready, told by watches. Ends at once when it is certain that one never will be, and says why; what may
/// still pass by itself is waited for until the time is up.
/// </summary>
sealed class Waiter(KubeClient client, Patience patience, IProgress<ApplyEvent>? progress)
{
    const int Waiting = 64;
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    readonly TimeProvider _time = client.Time;

    // Bounded, so that what is watched waits on the wire and not in memory.
    readonly Channel<Notice> _notices = Channel.CreateBounded<Notice>(new BoundedChannelOptions(Waiting) { SingleReader = true });
    readonly Dictionary<string, string> _reported = new(StringComparer.Ordinal);
    List<Target> _pending = [];
    Troubles _troubles = null!;

    /// <summary>Whether the last look for reasons failed.</summary>
    bool _blind;
    long _started;

    /// <summary>What a watch saw, or how it ended.</summary>
    sealed record Notice(WatchEvent Event, ResourceId Resource, bool Live, Exception? Failure);

    /// <summary>Returns when all are ready.</summary>
    /// <exception cref="DeployFailedException">One of them never will be, or not in time.</exception>
    public async Task WaitAsync(IReadOnlyList<Target> targets, CancellationToken ct)
    {
        _started = _time.GetTimestamp();
        _pending = [.. targets.Where(target => target.Verdict.State != ReadyState.Ready)];
        _troubles = new Troubles(client, _pending);
        foreach (var target in targets) Judge(target);
        if (_pending.Count == 0) return;

        var watching = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var watches = Sources().Select(source => FollowAsync(source.Resource, source.Namespace, source.Selection, watching.Token)).ToList();
        try
        {
            await LoopAsync(ct);
        }
        finally
        {
            // Nobody has to wait for their end.
            _ = EndAsync(watching, watches);
        }
    }

    static async Task EndAsync(CancellationTokenSource watching, IReadOnlyList<Task> watches)
    {
        await watching.CancelAsync();
        await Task.WhenAll(watches);
        watching.Dispose();
    }

    async Task LoopAsync(CancellationToken ct)
    {
        while (true)
        {
            if (await FailuresAsync(ct) is { Count: > 0 } failures) throw Failed(failures);
            if (_pending.Count == 0) return;
            if (patience.Remaining <= TimeSpan.Zero) throw Failed(await TimeUpAsync(ct));
            if (await NextAsync(ct) is not { } notice) continue;
            if (notice.Failure is { } failure) throw failure;
            await AcceptAsync(notice, ct);
        }
    }

    /// <summary>The next notice; null when a moment has come at which something is to be judged anew.</summary>
    async Task<Notice?> NextAsync(CancellationToken ct)
    {
        if (_notices.Reader.TryRead(out var ready)) return ready;
        var due = _troubles.NextDue is { } soon && soon < patience.Remaining ? soon : patience.Remaining;
        if (_blind && due > LookAgain) due = LookAgain;
        using var limit = new CancellationTokenSource(due > TimeSpan.Zero ? due : TimeSpan.FromMilliseconds(1), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            return await _notices.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    async Task AcceptAsync(Notice notice, CancellationToken ct)
    {
        var (type, obj) = notice.Event;
        if (type == WatchEventType.Synced) return;
        if (notice.Resource.Kind == "Event")
        {
            if (type != WatchEventType.Deleted) Tell(await LookAsync(() => _troubles.NoteEventAsync(obj, notice.Live, ct), null));
            return;
        }

        if (_pending.FirstOrDefault(target => target.Uid == obj.Uid()) is { } target)
        {
            if (type == WatchEventType.Deleted) throw Failed([(target.Ref, DiagnosisErrors.Vanished(target.Ref))]);
            target.Update(obj);
            Judge(target);
            if (target.Verdict.State == ReadyState.Ready) _pending.Remove(target);
        }

        if (notice.Resource.Kind == "Pod") Tell(await LookAsync(() => _troubles.NotePodAsync(obj, type == WatchEventType.Deleted, ct), null));
    }

    /// <summary>Looks for reasons. A server that is away for the moment keeps them to itself, which is no failure of what is waited for.</summary>
    async Task<T> LookAsync<T>(Func<Task<T>> look, T otherwise)
    {
        try
        {
            return await look();
        }
        catch (Exception exception) when (TransientFailure.Is(exception))
        {
            _blind = true;
            return otherwise;
        }
    }

    /// <summary>Says again how far a target is, as something was found out about it.</summary>
    void Tell(Target? target)
    {
        if (target is not null && _pending.Contains(target)) Judge(target);
    }

    void Judge(Target target)
    {
        if (target.Verdict.State == ReadyState.Ready)
        {
            progress?.Report(new ObjectReady(target.Ref, _time.GetElapsedTime(_started)));
        }
        else if (Words(target) is var words && (!_reported.TryGetValue(target.Uid, out var before) || before != words))
        {
            _reported[target.Uid] = words;
            progress?.Report(new ObjectWaiting(target.Ref, words));
        }
    }

    string Words(Target target) => _troubles.Remark(target) is { } remark ? $"{target.Verdict.Message}; {remark}" : target.Verdict.Message;

    /// <summary>What is certain to fail by now.</summary>
    async Task<List<(ObjectRef, Diagnostic)>> FailuresAsync(CancellationToken ct)
    {
        var failures = new List<(ObjectRef, Diagnostic)>();
        _blind = false;
        failures.AddRange(await LookAsync(() => _troubles.CertainAsync(ct), []));
        foreach (var target in _pending.Where(target => target.Verdict.State == ReadyState.Failed && failures.TrueForAll(failure => failure.Item1 != target.Ref)))
        {
            failures.Add((target.Ref, await LookAsync(() => _troubles.OfTargetAsync(target, ct), null) ?? DiagnosisErrors.Failed(target)));
        }

        return failures;
    }

    async Task<List<(ObjectRef, Diagnostic)>> TimeUpAsync(CancellationToken ct)
    {
        var late = new List<(ObjectRef, Diagnostic)>();
        foreach (var target in _pending)
        {
            var slow = DiagnosisErrors.TooSlow(target.Ref, patience.Limit, target.Verdict.Message);
            late.Add((target.Ref, await LookAsync(() => _troubles.OfTargetAsync(target, ct), null) is { } reason ? reason with { Title = $"{reason.Title}, after {patience.Limit.TotalSeconds:0} s" } : slow));
        }

        return late;
    }

    DeployFailedException Failed(IReadOnlyList<(ObjectRef Ref, Diagnostic Reason)> failures)
    {
        foreach (var (name, reason) in failures) progress?.Report(new ObjectFailed(name, reason));
        return new([.. failures.Select(failure => failure.Reason)]) { Failed = [.. failures.Select(failure => failure.Ref)] };
    }

    /// <summary>What has to be watched: the kinds of the targets and, where they make pods, pods and refusals to create them.</summary>
    List<(ResourceId Resource, string Namespace, Selection Selection)> Sources()
    {
        var sources = _pending.Where(target => target.Ref.Gvk is not { Group: "", Kind: "Pod" })
            .GroupBy(target => (target.Resource, target.Ref.Namespace))
            .Select(group => (group.Key.Resource, group.Key.Namespace, Only([.. group]))).ToList();
        foreach (var group in _pending.Where(target => target.HasPods).GroupBy(target => target.Ref.Namespace))
        {
            sources.Add((KnownResources.Get("v1", "Pod"), group.Key, new Selection { Labels = Shared([.. group]) }));
            sources.Add((KnownResources.Get("v1", "Event"), group.Key, new Selection { Fields = "type=Warning" }));
        }

        return sources;
    }

    static Selection Only(IReadOnlyList<Target> targets) =>
        targets is [var only] ? new Selection { Fields = $"metadata.name={only.Ref.Name}" } : Selection.All;

    /// <summary>The labels that all pods of all these targets carry, as a selector, so that the server keeps the pods of others to itself.</summary>
    static string? Shared(IReadOnlyList<Target> targets)
    {
        var shared = new Dictionary<string, string>(targets[0].PodLabels, StringComparer.Ordinal);
        foreach (var labels in targets.Skip(1).Select(target => target.PodLabels))
        {
            foreach (var (key, value) in shared) if (labels.GetValueOrDefault(key) != value) shared.Remove(key);
        }

        return shared.Count == 0 ? null : string.Join(',', shared.Select(label => $"{label.Key}={label.Value}"));
    }

    async Task FollowAsync(ResourceId resource, string ns, Selection selection, CancellationToken ct)
    {
        Exception? failure = null;
        try
        {
            var live = false;
            await foreach (var change in client.WatchAsync(resource, ns, selection, ct))
            {
                live |= change.Type == WatchEventType.Synced;
                await _notices.Writer.WriteAsync(new Notice(change, resource, live, null), ct);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody listens any more.
        }
        catch (KubeApiException exception) when (exception.IsForbidden && resource.Kind is "Pod" or "Event")
        {
            // Without the right to look at pods the wait still works; only its reasons are poorer.
        }
        catch (Exception exception) when (exception is KubeApiException or KubeConnectionException)
        {
            failure = exception;
        }

        if (failure is null) return;
        try
        {
            await _notices.Writer.WriteAsync(new Notice(new WatchEvent(WatchEventType.Synced, []), resource, false, failure), ct);
        }
        catch (OperationCanceledException)
        {
            // Nobody listens any more.
        }
    }
}
