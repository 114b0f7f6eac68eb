using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Readiness;

/// <summary>Finds the target that a pod belongs to, if it is of the version that is being rolled out.</summary>
sealed class PodOwners(KubeClient client)
{
    const string Revision = "deployment.kubernetes.io/revision";
    static readonly ResourceId ReplicaSets = KnownResources.Get("apps/v1", "ReplicaSet");
    readonly Dictionary<string, JsonObject> _replicaSets = new(StringComparer.Ordinal);

    /// <summary>The target; null for pods of others and of former versions, whose troubles are no reason to stop.</summary>
    public async Task<Target?> FindAsync(JsonObject pod, IReadOnlyCollection<Target> targets, CancellationToken ct)
    {
        if (targets.FirstOrDefault(target => target.Uid == pod.Uid()) is { } itself) return itself;
        if (pod.ControllerOwner() is not { } owner) return null;
        if (owner.Kind == "ReplicaSet") return await ByReplicaSetAsync(pod.Namespace(), owner, targets, ct);
        var target = targets.FirstOrDefault(candidate => candidate.Uid == owner.Uid);
        return target?.Ref.Gvk.Kind switch
        {
            "StatefulSet" => Same(pod.Label("controller-revision-hash"), target.Live.Text("status", "updateRevision")) ? target : null,
            "DaemonSet" => Same(pod.Label("pod-template-generation"), target.Live.Annotation("deprecated.daemonset.template.generation")) ? target : null,
            _ => target,
        };
    }

    /// <summary>The target that owns a replica set of the newest version, by the object that an event is about.</summary>
    public async Task<Target?> ByReplicaSetAsync(string ns, OwnerReference owner, IReadOnlyCollection<Target> targets, CancellationToken ct)
    {
        if (!targets.Any(target => target.Ref.Gvk.Kind == "Deployment" && target.Ref.Namespace == ns)) return null;
        if (!_replicaSets.TryGetValue(owner.Uid, out var set))
        {
            if (await client.GetAsync(ReplicaSets, ns, owner.Name, ct) is not { } found || found.Uid() != owner.Uid) return null;
            set = _replicaSets[owner.Uid] = found;
        }

        var target = targets.FirstOrDefault(candidate => candidate.Uid == set.ControllerOwner()?.Uid);
        if (target is null || Same(set.Annotation(Revision), target.Live.Annotation(Revision))) return target;
        // A rollback gives an old set a new number: ask again when it is looked at the next time.
        _replicaSets.Remove(owner.Uid);
        return null;
    }

    static bool Same(string? a, string? b) => a is null || b is null || a == b;
}
