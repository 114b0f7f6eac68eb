using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Keeps as many pods of a template as <c>spec.replicas</c> asks.</summary>
sealed class ReplicaSetController : Controller
{
    const string Resource = "replicasets.apps";

    readonly PodControl _pods;

    public ReplicaSetController(ControllerContext context)
        : base(context, "replicaset-controller") => _pods = new(Registry, Events);

    public override void Start()
    {
        OnEach(Resource);
        OnOwned("pods", "ReplicaSet", Resource);
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        // As of now: a pod that becomes available while this runs is looked at once more.
        var begun = Now;
        if (Registry.Get(key) is not { } stored)
            return null;

        var set = stored.ToJson();
        var wanted = (int)(set.Number("spec", "replicas") ?? 1);
        var active = await ActivePodsAsync(stored, set, ct);
        ApiException? refusal = null;
        if (stored.DeletionTimestamp is null && active.Count != wanted)
        {
            try
            {
                await ResizeAsync(stored, set, active, wanted, ct);
            }
            catch (ApiException e)
            {
                refusal = e;
            }

            active = await ActivePodsAsync(stored, set, ct);
        }

        var minReady = set.Number("spec", "minReadySeconds") ?? 0;
        await WriteStatusAsync(stored, status => Describe(status, set, active, minReady, wanted, refusal), ct);
        return refusal is not null ? throw refusal : Pod.UntilAvailable(active, minReady, begun);
    }

    async Task<List<Pod>> ActivePodsAsync(StoredObject stored, JsonObject set, CancellationToken ct) =>
        [.. (await Registry.ClaimAsync(stored, Claims.SelectorOf(set), "pods", ct)).Select(p => new Pod(p)).Where(p => p.Active)];

    Task ResizeAsync(StoredObject stored, JsonObject set, List<Pod> active, int wanted, CancellationToken ct) => active.Count < wanted
        ? _pods.CreateAsync(stored, wanted - active.Count, _ => Pod.FromTemplate(set.Object("spec", "template")!, stored), ct)
        : _pods.DeleteAsync(stored, Pod.ByExpendability(active).Take(active.Count - wanted), ct);

    void Describe(JsonObject status, JsonObject set, List<Pod> active, long minReady, int wanted, ApiException? refusal)
    {
        var labels = LabelSelector.For(set.TextMap("spec", "template", "metadata", "labels"));
        status["replicas"] = active.Count;
        SetCount(status, "fullyLabeledReplicas", active.Count(p => labels.Matches(p.Stored.Labels)));
        SetCount(status, "readyReplicas", active.Count(p => p.Ready));
        SetCount(status, "availableReplicas", active.Count(p => p.Available(minReady, Now)));
        status["observedGeneration"] = set.Generation();
        if (refusal is not null)
            Conditions.Set(status, "ReplicaFailure", "True", active.Count < wanted ? "FailedCreate" : "FailedDelete", refusal.Status.Message, Now);
        else
            Conditions.Remove(status, "ReplicaFailure");
    }

    /// <summary>A count of zero is left out, as Go's omitempty does.</summary>
    internal static void SetCount(JsonObject status, string field, int count)
    {
        if (count == 0)
            status.Remove(field);
        else
            status[field] = count;
    }
}
