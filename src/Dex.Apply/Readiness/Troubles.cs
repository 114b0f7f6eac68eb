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
    static readonly TimeSpan RefusalPatience = TimeSpan.FromSeconds(15);

    readonly TimeProvider time = client.Time;
    readonly Diagnosis diagnosis = new(client);
    readonly PodOwners owners = new(client);
    readonly Dictionary<string, Entry> pods = new(StringComparer.Ordinal);
    readonly Dictionary<string, (string Message, long Since)> refusals = new(StringComparer.Ordinal);

    sealed record Entry(Target Target, JsonObject Pod, PodTrouble Trouble, long Since);

    /// <summary>When something may become certain just by lasting; null when nothing may.</summary>
    public TimeSpan? NextDue => pods.Values.Where(entry => entry.Trouble.Patience > TimeSpan.Zero).Select(entry => entry.Trouble.Patience!.Value - time.GetElapsedTime(entry.Since))
        .Concat(refusals.Values.Select(refusal => RefusalPatience - time.GetElapsedTime(refusal.Since)))
        .Where(due => due > TimeSpan.Zero)
        .Select(due => (TimeSpan?)due)
        .Min();

    /// <summary>Takes note of a pod's state.</summary>
    public async Task NotePodAsync(JsonObject pod, bool deleted, CancellationToken ct)
    {
        var before = pods.GetValueOrDefault(pod.Uid());
        pods.Remove(pod.Uid());
        if (deleted || pod.DeletionTimestamp() is not null || PodTrouble.Of(pod) is not { } trouble) return;
        if (await owners.FindAsync(pod, pending, ct) is not { } target) return;
        var since = before?.Trouble.Kind == trouble.Kind ? before.Since : time.GetTimestamp();
        pods[pod.Uid()] = new Entry(target, pod, trouble, since);
    }

    /// <summary>Takes note of an event that says that a pod could not be created.</summary>
    public async Task NoteEventAsync(JsonObject recorded, CancellationToken ct)
    {
        var owner = new OwnerReference(
            recorded.Text("involvedObject", "apiVersion") ?? "", recorded.Text("involvedObject", "kind") ?? "",
            recorded.Text("involvedObject", "name") ?? "", recorded.Text("involvedObject", "uid") ?? "");
        var target = owner.Kind == "ReplicaSet"
            ? await owners.ByReplicaSetAsync(recorded.Namespace(), owner, pending, ct)
            : pending.FirstOrDefault(candidate => candidate.Uid == owner.Uid);
        if (target is null) return;
        var since = refusals.TryGetValue(target.Uid, out var before) ? before.Since : time.GetTimestamp();
        refusals[target.Uid] = (recorded.Text("message") ?? "", since);
    }

    /// <summary>What will not pass by itself.</summary>
    public async Task<List<(ObjectRef, Diagnostic)>> CertainAsync(CancellationToken ct)
    {
        var certain = new List<(ObjectRef, Diagnostic)>();
        foreach (var entry in pods.Values.Where(entry => pending.Contains(entry.Target) && IsCertain(entry)).DistinctBy(entry => entry.Target))
        {
            certain.Add((entry.Target.Ref, await diagnosis.OfPodAsync(entry.Target.Ref, entry.Pod, entry.Trouble, ct)));
        }

        foreach (var target in pending)
        {
            if (refusals.TryGetValue(target.Uid, out var refusal) && time.GetElapsedTime(refusal.Since) >= RefusalPatience && certain.TrueForAll(found => found.Item1 != target.Ref))
            {
                certain.Add((target.Ref, DiagnosisErrors.CannotCreatePods(target.Ref, refusal.Message)));
            }
        }

        return certain;
    }

    /// <summary>The best reason there is for a target that failed or took too long; null when its pods show none.</summary>
    public async Task<Diagnostic?> OfTargetAsync(Target target, CancellationToken ct)
    {
        if (target.HasPods && !pods.Values.Any(entry => entry.Target == target)) await ReadPodsAsync(target, ct);
        var worst = pods.Values.Where(entry => entry.Target == target).OrderBy(entry => entry.Trouble.Kind).FirstOrDefault();
        // A pod that could not even be created says more than one that is merely slow.
        if (worst?.Trouble.Kind is null or >= TroubleKind.Unschedulable && refusals.TryGetValue(target.Uid, out var refusal))
        {
            return DiagnosisErrors.CannotCreatePods(target.Ref, refusal.Message);
        }

        return worst is null ? null : await diagnosis.OfPodAsync(target.Ref, worst.Pod, worst.Trouble, ct);
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
        if (entry.Trouble.Patience is not { } patience || time.GetElapsedTime(entry.Since) < patience) return false;
        // How often a Job tries is its own decision.
        if (entry.Target.Ref.Gvk.Kind == "Job") return entry.Trouble.Kind is TroubleKind.Image or TroubleKind.Config;
        if (entry.Trouble.Kind is not (TroubleKind.Crash or TroubleKind.OutOfMemory)) return true;
        var othersStart = pending.Any(target => target != entry.Target && target.HasPods && !pods.Values.Any(other => other.Target == target && other.Trouble.Kind <= TroubleKind.CannotStart));
        return entry.Trouble.Restarts >= (othersStart ? CrashesWhileOthersStart : CrashesAlone);
    }
}
