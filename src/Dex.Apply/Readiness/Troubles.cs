using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Apply.Readiness;

/// <summary>
/// Remembers what is wrong with the pods of pending targets, and decides when it is certain that it will not pass by itself.
/// </summary>
sealed class Troubles(KubeClient client, IReadOnlyCollection<Target> pending)
{
    /// <summary>A container that came back this often is not waiting for something else of the same deploy any more.</summary>
    const int CrashesWhileOthersStart = 5;
    const int CrashesAlone = 2;

    /// <summary>As many notes about one pod are kept; the latest tell.</summary>
    const int NotesKept = 50;

    readonly TimeProvider _time = client.Time;
    readonly Diagnosis _diagnosis = new(client);
    readonly PodOwners _owners = new(client);
    readonly TroubleRefusals _refusals = new(client.Time);
    readonly Dictionary<string, Entry> _pods = new(StringComparer.Ordinal);
    readonly Dictionary<string, JsonObject> _unready = new(StringComparer.Ordinal);
    readonly Dictionary<string, List<EventNote>> _notes = new(StringComparer.Ordinal);
    readonly HashSet<string> _lookedUp = new(StringComparer.Ordinal);

    sealed record Entry(Target Target, JsonObject Pod, PodTrouble Trouble, long Since);

    /// <summary>When something may become certain just by lasting; null when nothing may.</summary>
    public TimeSpan? NextDue => _pods.Values.Where(entry => entry.Trouble.Patience > TimeSpan.Zero).Select(entry => entry.Trouble.Patience!.Value - _time.GetElapsedTime(entry.Since))
        .Concat(_refusals.Due)
        .Where(due => due > TimeSpan.Zero)
        .Select(due => (TimeSpan?)due)
        .Min();

    /// <summary>Takes note of a pod's state.</summary>
    /// <returns>The target that it is a pod of, when something is wrong with it.</returns>
    public async Task<Target?> NotePodAsync(JsonObject pod, bool deleted, CancellationToken ct)
    {
        var uid = pod.Uid();
        _unready.Remove(uid);
        if (deleted || pod.DeletionTimestamp() is not null)
        {
            _pods.Remove(uid);
            _notes.Remove(uid);
            return null;
        }

        if (!pod.HasCondition("Ready")) _unready[uid] = pod;
        return await JudgeAsync(pod, ct);
    }

    /// <summary>Takes note of an event: about a pod, or that one could not be created.</summary>
    /// <param name="live">Whether it was recorded since the wait began. What is older may be about the former version.</param>
    /// <returns>The target that it tells something about.</returns>
    public async Task<Target?> NoteEventAsync(JsonObject recorded, bool live, CancellationToken ct)
    {
        var note = EventNote.From(recorded);
        if (note.Object.StartsWith("Pod/", StringComparison.Ordinal))
        {
            Add(note.Uid, [note]);
            return _unready.TryGetValue(note.Uid, out var pod) ? await JudgeAsync(pod, ct) : null;
        }

        if (!live || note.Reason != "FailedCreate") return null;
        var owner = new OwnerReference(
            recorded.Text("involvedObject", "apiVersion") ?? "", recorded.Text("involvedObject", "kind") ?? "",
            recorded.Text("involvedObject", "name") ?? "", note.Uid);
        var target = owner.Kind == "ReplicaSet"
            ? await _owners.ByReplicaSetAsync(recorded.Namespace(), owner, pending, ct)
            : pending.FirstOrDefault(candidate => candidate.Uid == owner.Uid);
        if (target is not null) _refusals.Note(target, note.Message);
        return target;
    }

    /// <summary>What is wrong with a target at the moment, in few words; null when nothing is known to be.</summary>
    public string? Remark(Target target)
    {
        if (Worst(target)?.Trouble is not { } trouble) return _refusals.Of(target);
        var said = trouble.Message.Split('\n')[^1];
        return trouble.ExitCode is not { } code ? said.Length > 0 ? said : null : said.Length > 0 ? $"ended with exit code {code}: {said}" : $"ended with exit code {code}";
    }

    /// <summary>What will not pass by itself.</summary>
    public async Task<List<(ObjectRef, Diagnostic)>> CertainAsync(CancellationToken ct)
    {
        foreach (var entry in _pods.Values.Where(entry => entry.Trouble.Probed && pending.Contains(entry.Target)).ToList()) await LookAtProbesAsync(entry, ct);
        var certain = new List<(ObjectRef, Diagnostic)>();
        foreach (var entry in _pods.Values.Where(entry => pending.Contains(entry.Target) && IsCertain(entry)).OrderBy(entry => entry.Trouble.Kind).DistinctBy(entry => entry.Target).ToList())
        {
            if (entry.Trouble.Kind == TroubleKind.UnboundClaim && !await _diagnosis.LacksStorageClassAsync(entry.Pod, ct))
            {
                // A volume may still come; from here on only the time limit ends the wait.
                _pods[entry.Pod.Uid()] = entry with { Trouble = entry.Trouble with { Patience = null } };
                continue;
            }

            certain.Add((entry.Target.Ref, await _diagnosis.OfPodAsync(entry.Target.Ref, entry.Pod, entry.Trouble, ct)));
        }

        certain.AddRange(pending.Where(target => certain.TrueForAll(found => found.Item1 != target.Ref))
            .Select(target => (target, Message: _refusals.Lasting(target))).Where(refused => refused.Message is not null)
            .Select(refused => (refused.target.Ref, DiagnosisErrors.CannotCreatePods(refused.target.Ref, refused.Message!))));
        return certain;
    }

    /// <summary>The best reason there is for a target that failed or took too long; null when its pods show none.</summary>
    public async Task<Diagnostic?> OfTargetAsync(Target target, CancellationToken ct)
    {
        if (target.HasPods && Worst(target) is null) await ReadPodsAsync(target, ct);
        foreach (var entry in _pods.Values.Where(entry => entry.Target == target && (entry.Trouble.Probed || entry.Trouble.Kind.IsUnready())).ToList()) await LookAtProbesAsync(entry, ct);
        var worst = Worst(target);
        // A pod that could not even be created says more than one that is merely slow.
        if (worst?.Trouble.Kind is null or >= TroubleKind.UnboundClaim && _refusals.Of(target) is { } refused) return DiagnosisErrors.CannotCreatePods(target.Ref, refused);
        return worst is null ? null : await _diagnosis.OfPodAsync(target.Ref, worst.Pod, worst.Trouble, ct);
    }

    Entry? Worst(Target target) => _pods.Values.Where(entry => entry.Target == target).OrderBy(entry => entry.Trouble.Kind).FirstOrDefault();

    async Task<Target?> JudgeAsync(JsonObject pod, CancellationToken ct)
    {
        var before = _pods.GetValueOrDefault(pod.Uid());
        _pods.Remove(pod.Uid());
        if (PodTroubleReading.Of(pod, NotesOf(pod.Uid())) is not { } trouble) return null;
        if (await _owners.FindAsync(pod, pending, ct) is not { } target) return null;
        var since = before?.Trouble.Kind == trouble.Kind ? before.Since : _time.GetTimestamp();
        if (before?.Trouble is { Kind: TroubleKind.UnboundClaim, Patience: null } && trouble.Kind == TroubleKind.UnboundClaim) trouble = before.Trouble;
        _pods[pod.Uid()] = new Entry(target, pod, trouble, since);
        return target;
    }

    /// <summary>Whether a probe had the container killed is in an event that is no warning, so it is looked up: once per state of the pod.</summary>
    async Task LookAtProbesAsync(Entry entry, CancellationToken ct)
    {
        if (!_lookedUp.Add($"{entry.Pod.Uid()} {entry.Pod.ResourceVersion()}")) return;
        Add(entry.Pod.Uid(), await _diagnosis.NotesAsync(entry.Pod.Namespace(), entry.Pod.Uid(), ct));
        await JudgeAsync(entry.Pod, ct);
    }

    IReadOnlyList<EventNote> NotesOf(string uid) => _notes.GetValueOrDefault(uid) ?? [];

    void Add(string uid, IEnumerable<EventNote> more)
    {
        var all = NotesOf(uid).ToList();
        foreach (var note in more)
        {
            all.RemoveAll(known => known.Reason == note.Reason && known.Message == note.Message && known.Container == note.Container);
            all.Add(note);
        }

        _notes[uid] = [.. all.TakeLast(NotesKept)];
    }

    /// <summary>A Job may be told to have failed before its pods are told of.</summary>
    async Task ReadPodsAsync(Target target, CancellationToken ct)
    {
        try
        {
            var list = await client.ListAsync(KnownResources.Get("v1", "Pod"), target.Ref.Namespace, Selection.All, ct);
            foreach (var pod in list.Items) await NotePodAsync(pod, deleted: false, ct);
        }
        catch (KubeApiException exception) when (exception.IsForbidden)
        {
            // Then the object's own words must do.
        }
    }

    bool IsCertain(Entry entry)
    {
        var trouble = entry.Trouble;
        if (trouble.Patience is not { } patience || _time.GetElapsedTime(entry.Since) < patience) return false;
        // How often a Job tries is its own decision.
        if (entry.Target.Ref.Gvk.Kind == "Job" && !(trouble.Kind.IsBeforeStart() && trouble.Kind > TroubleKind.CannotStart)) return false;
        // A Secret may be on its way from an operator whose object is part of the same deploy.
        if (trouble.Kind is TroubleKind.Config or TroubleKind.MissingKey && pending.Any(target => !target.HasPods)) return false;
        if (trouble.StartupOver) return true;
        if (!trouble.Kind.IsEnd()) return true;
        var othersStart = pending.Any(target => target != entry.Target && target.HasPods && !_pods.Values.Any(other => other.Target == target && other.Trouble.Kind <= TroubleKind.CannotStart));
        return trouble.Restarts >= (othersStart ? CrashesWhileOthersStart : CrashesAlone);
    }
}
