using System.Text.Json.Nodes;
using Dex.Apply.Planning;
using Dex.Apply.Records;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Applying;

/// <summary>Writes into the record what is about to be done, before any of it is done.</summary>
sealed class Intents(RecordStore records, Planner planner, Release release, DeployOptions options)
{
    /// <summary>The plan that holds now, and the record that announces it. When another run came in between, the plan is made anew.</summary>
    public async Task<(Plan Plan, ReleaseRecord Record)> WriteAsync(Plan plan, IReadOnlyList<JsonObject> objects, CancellationToken ct)
    {
        while (true)
        {
            var stale = false;
            var record = await records.UpdateAsync(release, plan.Record, before =>
            {
                if (options.Generation is { } mine && before.Generation > mine) throw new SupersededException(release);
                stale = before.ResourceVersion != (plan.Record?.ResourceVersion ?? "");
                return stale ? null : Announce(before, plan);
            }, ct);
            if (!stale) return (plan, record);
            plan = await planner.PlanAsync(Task.FromResult<ReleaseRecord?>(record), objects, ct);
        }
    }

    ReleaseRecord Announce(ReleaseRecord before, Plan plan)
    {
        var known = before.Inventory.ToDictionary(entry => entry.Ref);
        return before with
        {
            Generation = options.Generation ?? before.Generation + 1,
            Spec = options.Spec?.Copy() ?? before.Spec,
            Pending = before.Pending || (options.About is not null && !plan.IsEmpty),
            Inventory =
            [
                .. plan.Objects.Select(planned => Entry(planned, known.GetValueOrDefault(planned.Ref))),
                .. plan.Deleted,
            ],
        };
    }

    InventoryEntry Entry(PlannedObject planned, InventoryEntry? known)
    {
        if (planned.Change == ChangeKind.Unchanged) return known!;
        // What this release never applied and yet exists belongs to somebody else, perhaps another release: it may be changed, but not deleted.
        var owned = known?.Owned ?? (planned.Live is null || (Ours.Applied(planned.Live) && IsLabelled(planned.Live)));
        return new InventoryEntry(planned.Ref)
        {
            Uid = known?.Uid ?? "",
            Phase = InventoryPhase.Intent,
            Owned = owned,
            DependsOn = planned.Desired.Annotation(Dependencies.Annotation) ?? "",
        };
    }

    bool IsLabelled(JsonObject live) => release.Selector is not { } selector || LabelSelector.Parse(selector).Matches(live.Labels());
}
