using Dex.Kubernetes.Model;

namespace Dex.Apply.Readiness;

/// <summary>
/// That pods of a target could not be created. Controllers try again, so a refusal counts only while pods are missing: one that was
/// overcome (the quota got room when a pod of the former version went) must not end a wait.
/// </summary>
sealed class TroubleRefusals(TimeProvider time)
{
    readonly Dictionary<Target, Refusal> _refused = [];

    sealed record Refusal(string Message, long Created, long Since);

    /// <summary>When the refusals will have lasted long enough.</summary>
    public IEnumerable<TimeSpan> Due => _refused.Where(entry => Stands(entry.Key, entry.Value)).Select(entry => Patience(entry.Value) - time.GetElapsedTime(entry.Value.Since));

    /// <summary>Takes note of one.</summary>
    public void Note(Target target, string message) => _refused[target] =
        _refused.TryGetValue(target, out var before) && Stands(target, before) ? before with { Message = message } : new Refusal(message, Created(target), time.GetTimestamp());

    /// <summary>The last refusal of a target that still lacks pods; null when there is none.</summary>
    public string? Of(Target target) => _refused.TryGetValue(target, out var found) && Created(target) < Wanted(target) ? found.Message : null;

    /// <summary>The same, once it has lasted and no pod was created in the meantime.</summary>
    public string? Lasting(Target target) =>
        _refused.TryGetValue(target, out var found) && Stands(target, found) && time.GetElapsedTime(found.Since) >= Patience(found) ? found.Message : null;

    // A webhook that does not answer is a fault of the network or of a server that restarts.
    static TimeSpan Patience(Refusal refusal) => PodTroubleReading.Says(refusal.Message, "failed calling webhook") ? PodTrouble.Long : PodTrouble.Short;

    static bool Stands(Target target, Refusal refusal) => Created(target) is var created && created < Wanted(target) && created <= refusal.Created;

    static long Created(Target target) => target.Ref.Gvk.Kind switch
    {
        "Deployment" => Count(target, "updatedReplicas"),
        "StatefulSet" => Count(target, "replicas"),
        "DaemonSet" => Count(target, "currentNumberScheduled"),
        "Job" => Count(target, "active") + Count(target, "succeeded") + Count(target, "failed"),
        _ => 0,
    };

    static long Wanted(Target target) => target.Ref.Gvk.Kind switch
    {
        "Deployment" or "StatefulSet" => target.Live.Number("spec", "replicas") ?? 1,
        "DaemonSet" => Count(target, "desiredNumberScheduled"),
        _ => 1,
    };

    static long Count(Target target, string field) => target.Live.Number("status", field) ?? 0;
}
