using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>
/// Keeps pods with lasting names and claims: created upwards, deleted downwards, each waiting for its predecessors unless the set is
/// parallel; a new template replaces them from the highest ordinal down to the partition.
/// </summary>
sealed class StatefulSetController(ControllerContext context) : Controller(context, "statefulset-controller")
{
    const string Resource = "statefulsets.apps";

    public override void Start()
    {
        OnEach(Resource);
        OnOwned("pods", "StatefulSet", Resource);
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        // As of now: a pod that becomes available while this runs is looked at once more.
        var begun = Now;
        if (Registry.Get(key) is not { } stored)
            return null;

        var json = stored.ToJson();
        var revisions = new ControllerRevisions(Registry, stored, json);
        await revisions.SyncAsync(ct);
        var current = json.Text("status", "currentRevision") is { Length: > 0 } known ? known : revisions.Update;
        try
        {
            if (stored.DeletionTimestamp is null)
                await StepAsync(stored, json, revisions, current, await PodsAsync(stored, json, ct), ct);
        }
        finally
        {
            await DescribeAsync(stored, json, revisions, current, ct);
        }

        var pods = await PodsAsync(stored, json, ct);
        await revisions.TruncateAsync(pods.Select(StatefulPods.RevisionOf).Append(current), ct);
        return Pod.UntilAvailable(pods, MinReady(json), begun);
    }

    async Task StepAsync(StoredObject set, JsonObject json, ControllerRevisions revisions, string current, List<Pod> pods, CancellationToken ct)
    {
        var ordered = json.Text("spec", "podManagementPolicy") != "Parallel";
        var first = (int)(json.Number("spec", "ordinals", "start") ?? 0);
        var end = first + (int)(json.Number("spec", "replicas") ?? 1);
        var partition = (int)(json.Number("spec", "updateStrategy", "rollingUpdate", "partition") ?? 0);
        var byOrdinal = pods.ToDictionary(StatefulPods.OrdinalOf);
        for (var ordinal = first; ordinal < end; ordinal++)
        {
            await EnsureClaimsAsync(set, json, ordinal, ct);
            var pod = byOrdinal.GetValueOrDefault(ordinal);
            if (pod is { Finished: true, Deleting: false })
            {
                Events.Warning(set, "RecreatingFailedPod", $"StatefulSet {set.Key.Namespace}/{set.Key.Name} is recreating failed Pod {pod.Name}");
                await DeletePodAsync(set, pod, ct);
            }
            else if (pod is null)
            {
                var revision = ordinal < first + partition ? current : revisions.Update;
                await CreatePodAsync(set, StatefulPods.Build(set, json, revisions.TemplateOf(revision), revision, ordinal), ct);
            }

            if (ordered && (pod is null || !Healthy(pod, json)))
                return;
        }

        foreach (var condemned in pods.Where(p => StatefulPods.OrdinalOf(p) is var o && (o < first || o >= end)).OrderByDescending(StatefulPods.OrdinalOf))
        {
            await CondemnAsync(set, json, condemned, ct);
            if (ordered)
                return;
        }

        if (json.Text("spec", "updateStrategy", "type") == "OnDelete")
            return;

        foreach (var pod in pods.Where(p => StatefulPods.OrdinalOf(p) is var o && o >= first + partition && o < end).OrderByDescending(StatefulPods.OrdinalOf))
        {
            if (StatefulPods.RevisionOf(pod) != revisions.Update && !pod.Deleting)
            {
                await DeletePodAsync(set, pod, ct);
                return;
            }

            if (!Healthy(pod, json))
                return;
        }
    }

    async Task EnsureClaimsAsync(StoredObject set, JsonObject json, int ordinal, CancellationToken ct)
    {
        foreach (var (name, claim) in StatefulPods.Claims(set, json, ordinal))
        {
            if (Registry.Get(new("persistentvolumeclaims", set.Key.Namespace, name)) is not null)
                continue;

            var what = $"create Claim {name} Pod {StatefulPods.NameOf(set, ordinal)} in StatefulSet {set.Key.Name}";
            await TellAsync(set, "FailedCreate", what + " failed error:", () => Registry.CreateAsync("persistentvolumeclaims", set.Key.Namespace, claim, ct));
            Events.Normal(set, "SuccessfulCreate", what + " success");
        }
    }

    async Task CreatePodAsync(StoredObject set, JsonObject pod, CancellationToken ct)
    {
        var what = $"create Pod {pod.Name()} in StatefulSet {set.Key.Name}";
        await TellAsync(set, "FailedCreate", what + " failed error:", () => Registry.CreateAsync("pods", set.Key.Namespace, pod, ct));
        Events.Normal(set, "SuccessfulCreate", what + " successful");
    }

    async Task DeletePodAsync(StoredObject set, Pod pod, CancellationToken ct)
    {
        if (pod.Deleting)
            return;

        await DeleteAsync(pod.Stored, "Background", ct);
        Events.Normal(set, "SuccessfulDelete", $"delete Pod {pod.Name} in StatefulSet {set.Key.Name} successful");
    }

    async Task CondemnAsync(StoredObject set, JsonObject json, Pod pod, CancellationToken ct)
    {
        if (json.Text("spec", "persistentVolumeClaimRetentionPolicy", "whenScaled") == "Delete")
        {
            // Owned by the pod, the claims go with it and not before.
            foreach (var (name, _) in StatefulPods.Claims(set, json, StatefulPods.OrdinalOf(pod)))
            {
                await Registry.UpdateAsync(new("persistentvolumeclaims", set.Key.Namespace, name), claim =>
                {
                    claim.Metadata()["ownerReferences"] = new JsonArray(Claims.Reference(pod.Stored));
                    return true;
                }, "", ct);
            }
        }

        await DeletePodAsync(set, pod, ct);
    }

    async Task TellAsync(StoredObject set, string reason, string what, Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (ApiException e) when (e.Status.Reason != "AlreadyExists")
        {
            Events.Warning(set, reason, $"{what} {e.Status.Message}");
            throw;
        }
    }

    async Task DescribeAsync(StoredObject set, JsonObject json, ControllerRevisions revisions, string current, CancellationToken ct)
    {
        var pods = (await PodsAsync(set, json, ct)).Where(p => !p.Finished).ToList();
        var updated = pods.Where(p => !p.Deleting && StatefulPods.RevisionOf(p) == revisions.Update).ToList();
        var wanted = json.Number("spec", "replicas") ?? 1;
        var arrived = updated.Count == wanted && pods.Count == wanted && pods.All(p => p.Ready);
        var now = arrived ? revisions.Update : current;
        await WriteStatusAsync(set, status =>
        {
            status["observedGeneration"] = json.Generation();
            status["replicas"] = pods.Count;
            ReplicaSetController.SetCount(status, "readyReplicas", pods.Count(p => p.Ready));
            status["availableReplicas"] = pods.Count(p => p.Available(MinReady(json), Now));
            ReplicaSetController.SetCount(status, "currentReplicas", pods.Count(p => !p.Deleting && StatefulPods.RevisionOf(p) == now));
            ReplicaSetController.SetCount(status, "updatedReplicas", updated.Count);
            status["currentRevision"] = now;
            status["updateRevision"] = revisions.Update;
            status["collisionCount"] ??= 0;
        }, ct);
    }

    async Task<List<Pod>> PodsAsync(StoredObject set, JsonObject json, CancellationToken ct) =>
        [.. (await Registry.ClaimAsync(set, Claims.SelectorOf(json), "pods", ct)).Select(p => new Pod(p)).Where(p => StatefulPods.OrdinalOf(p) >= 0)];

    bool Healthy(Pod pod, JsonObject json) => pod.Active && pod.Available(MinReady(json), Now);

    static long MinReady(JsonObject json) => json.Number("spec", "minReadySeconds") ?? 0;
}
