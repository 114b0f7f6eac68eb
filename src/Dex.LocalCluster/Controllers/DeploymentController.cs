using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>
/// Moves a Deployment's pods from old ReplicaSets to the one of its template, one step per call: each step changes a
/// ReplicaSet, whose own change calls again.
/// </summary>
sealed class DeploymentController(ControllerContext context) : Controller(context, "deployment-controller")
{
    const string Resource = "deployments.apps";

    public override void Start()
    {
        OnEach(Resource);
        OnOwned("replicasets.apps", "Deployment", Resource);
        On("pods", change =>
        {
            // A Recreate rollout waits for pods that are gone, not for counts in a ReplicaSet.
            if (change.Type == ChangeType.Deleted && change.Object.Controller() is { Kind: "ReplicaSet" } set
                && Registry.Get(new("replicasets.apps", change.Object.Key.Namespace, set.Name))?.Controller() is { Kind: "Deployment" } owner)
            {
                Enqueue(new(Resource, change.Object.Key.Namespace, owner.Name));
            }
        });
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (Registry.Get(key) is not { } stored)
            return null;

        var json = stored.ToJson();
        if (json.Object("spec", "selector") is not { Count: > 0 })
        {
            Events.Warning(stored, "SelectingAll", "This deployment is selecting all pods. A non-empty selector is required.");
            return null;
        }

        var sets = await Registry.ClaimAsync(stored, Claims.SelectorOf(json), "replicasets.apps", ct);
        var rollout = new Rollout(stored, sets);
        var revisions = new DeploymentRevisions(Context, Events, rollout);
        var status = new DeploymentStatus(rollout, Time);
        try
        {
            if (stored.DeletionTimestamp is null)
                await StepAsync(rollout, revisions, ct);
        }
        finally
        {
            // A refused ReplicaSet is told of, too.
            await Registry.UpdateAsync(key, live => live.Uid() == stored.Uid && status.Describe(live), "status", ct);
        }

        return Registry.Get(key) is { } written ? status.UntilDeadline(written.ToJson()) : null;
    }

    async Task StepAsync(Rollout rollout, DeploymentRevisions revisions, CancellationToken ct)
    {
        await revisions.FindAsync(create: false, ct);
        if (rollout.Paused || rollout.Rescaled)
        {
            await ScaleAsync(rollout, revisions, ct);
            return;
        }

        if (rollout.Recreate)
            await RecreateAsync(rollout, revisions, ct);
        else
            await RollAsync(rollout, revisions, ct);
    }

    static async Task RollAsync(Rollout rollout, DeploymentRevisions revisions, CancellationToken ct)
    {
        await revisions.FindAsync(create: true, ct);
        if (await GrowNewAsync(rollout, revisions, ct) || await ShrinkOldAsync(rollout, revisions, ct))
            return;

        if (rollout.Complete(rollout.Json.Object("status")))
            await revisions.CleanUpAsync(ct);
    }

    async Task RecreateAsync(Rollout rollout, DeploymentRevisions revisions, CancellationToken ct)
    {
        var old = rollout.Old.Where(s => s.Wanted > 0).ToList();
        foreach (var set in old)
            await revisions.ResizeAsync(set, 0, always: false, ct);

        if (old.Count > 0 || OldPodsRun(rollout))
            return;

        await revisions.FindAsync(create: true, ct);
        if (!await GrowNewAsync(rollout, revisions, ct) && rollout.Complete(rollout.Json.Object("status")))
            await revisions.CleanUpAsync(ct);
    }

    bool OldPodsRun(Rollout rollout)
    {
        var old = rollout.Old.Select(s => s.Stored.Uid).ToHashSet(StringComparer.Ordinal);
        return Registry.List("pods", rollout.Stored.Key.Namespace)
            .Any(p => p.Controller() is { } owner && old.Contains(owner.Uid) && !new Pod(p).Finished);
    }

    static async Task<bool> GrowNewAsync(Rollout rollout, DeploymentRevisions revisions, CancellationToken ct)
    {
        if (rollout.New is not { } set)
            return false;

        var size = set.Wanted > rollout.Wanted ? rollout.Wanted : rollout.NextSizeOfNew();
        return await revisions.ResizeAsync(set, size, always: false, ct);
    }

    static async Task<bool> ShrinkOldAsync(Rollout rollout, DeploymentRevisions revisions, CancellationToken ct)
    {
        var old = rollout.Old.Where(s => s.Wanted > 0).ToList();
        var least = rollout.Wanted - rollout.MaxUnavailable;
        var newUnavailable = rollout.New is { } set ? set.Wanted - set.Available : 0;
        var removable = rollout.TotalWanted - least - newUnavailable;
        if (old.Count == 0 || removable <= 0)
            return false;

        // Pods that do not work anyway go first; they cost no availability.
        var shrunk = false;
        var sizes = old.ToDictionary(s => s.Name, s => s.Wanted, StringComparer.Ordinal);
        foreach (var s in old)
        {
            var unhealthy = Math.Min(removable, Math.Max(0, s.Wanted - s.Available));
            sizes[s.Name] -= unhealthy;
            removable -= unhealthy;
        }

        // A set that was just shrunk may still report the pods it is about to lose; they are not available to spend again.
        var spare = Math.Min(removable, rollout.All.Sum(s => Math.Min(s.Available, s.Wanted)) - least);
        foreach (var s in old)
        {
            var healthy = Math.Clamp(spare, 0, sizes[s.Name]);
            sizes[s.Name] -= healthy;
            spare -= healthy;
            shrunk |= await revisions.ResizeAsync(s, sizes[s.Name], always: false, ct);
        }

        return shrunk;
    }

    static async Task ScaleAsync(Rollout rollout, DeploymentRevisions revisions, CancellationToken ct)
    {
        var active = rollout.Old.Where(s => s.Wanted > 0).ToList();
        var only = active.Count switch
        {
            0 => rollout.New ?? rollout.All.LastOrDefault(),
            1 when rollout.New is not { Wanted: > 0 } => active[0],
            _ => null,
        };
        if (only is not null)
        {
            await revisions.ResizeAsync(only, rollout.Wanted, always: true, ct);
            return;
        }

        if (rollout.New is { } saturated && saturated.Wanted == rollout.Wanted && saturated.Available == rollout.Wanted
            && saturated.Json.Annotation(Rollout.DesiredAnnotation) == rollout.Wanted.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            foreach (var set in active)
                await revisions.ResizeAsync(set, 0, always: false, ct);
        }
        else if (!rollout.Recreate)
        {
            foreach (var (set, size) in ProportionalScale.Sizes(rollout).ToList())
                await revisions.ResizeAsync(set, size, always: true, ct);
        }
    }
}
