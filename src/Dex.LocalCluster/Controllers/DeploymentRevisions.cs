using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;

namespace Dex.LocalCluster.Controllers;

/// <summary>Makes, numbers, sizes and forgets the ReplicaSets of a Deployment; kubectl's <c>rollout history</c> and <c>undo</c> read what it writes.</summary>
sealed class DeploymentRevisions(ControllerContext context, EventSource events, Rollout rollout)
{
    /// <summary>Annotations of the Deployment that say nothing about a ReplicaSet.</summary>
    static readonly string[] OwnAnnotations =
    [
        "kubectl.kubernetes.io/last-applied-configuration", Rollout.RevisionAnnotation, Rollout.HistoryAnnotation,
        Rollout.DesiredAnnotation, Rollout.MaxAnnotation, "deprecated.deployment.rollback.to",
    ];

    readonly Registry _registry = context.Registry;

    /// <summary>Finds the ReplicaSet of the template and brings its number up to date, or makes it.</summary>
    public async Task FindAsync(bool create, CancellationToken ct)
    {
        if (rollout.Revision > 0)
            return;

        var next = rollout.Old.Select(s => s.Revision).DefaultIfEmpty().Max() + 1;
        if (rollout.New is { } found)
        {
            var minReady = rollout.Json.Number("spec", "minReadySeconds");
            var changed = await _registry.UpdateAsync(found.Stored.Key, set => Annotate(set, next) | SetMinReady(set, minReady), "", ct);
            if (changed is not null)
                rollout.Put(changed, isNew: true);

            rollout.Revision = rollout.New.Revision;
            rollout.Noted ??= rollout.Json.Condition("Progressing") is null ? ("True", "FoundNewReplicaSet", $"Found new replica set \"{found.Name}\"") : null;
        }
        else if (create)
            await CreateAsync(next, ct);
    }

    /// <summary>Sets how many pods a ReplicaSet asks for; true when that was another number.</summary>
    public async Task<bool> ResizeAsync(Replicas set, int size, bool always, CancellationToken ct)
    {
        var before = set.Wanted;
        if (before == size && !always)
            return false;

        var changed = await _registry.UpdateAsync(set.Stored.Key, o =>
        {
            var annotated = AnnotateSize(o);
            o.Child("spec")["replicas"] = size;
            return annotated || before != size;
        }, "", ct);
        if (changed is null || before == size)
            return false;

        rollout.Put(changed);
        events.Normal(rollout.Stored, "ScalingReplicaSet", $"Scaled {(size > before ? "up" : "down")} replica set {set.Name} from {before} to {size}");
        return true;
    }

    /// <summary>Deletes the oldest empty ReplicaSets beyond the history's limit.</summary>
    public async Task CleanUpAsync(CancellationToken ct)
    {
        var limit = (int)(rollout.Json.Number("spec", "revisionHistoryLimit") ?? 10);
        var old = rollout.Old.Where(s => s.Stored.DeletionTimestamp is null).OrderBy(s => s.Revision).ToList();
        foreach (var set in old.Take(Math.Max(0, old.Count - limit)))
        {
            if (set.Wanted == 0 && set.Count("replicas") == 0 && set.Json.Generation() <= set.Count("observedGeneration"))
                await _registry.DeleteAsync(set.Stored.Key, new() { PropagationPolicy = "Background" }, ct);
        }
    }

    async Task CreateAsync(long revision, CancellationToken ct)
    {
        var set = Build(revision);
        var name = set.Name();
        try
        {
            var created = await _registry.CreateAsync("replicasets.apps", rollout.Stored.Key.Namespace, set, ct);
            rollout.Put(created, isNew: true);
            rollout.Noted = ("True", "NewReplicaSetCreated", $"Created new replica set \"{name}\"");
            if (rollout.New!.Wanted > 0)
                events.Normal(rollout.Stored, "ScalingReplicaSet", $"Scaled up replica set {name} from 0 to {rollout.New.Wanted}");
        }
        catch (ApiException e) when (e.Status.Reason == "AlreadyExists")
        {
            await ResolveCollisionAsync(name, ct);
        }
        catch (ApiException e)
        {
            var message = $"Failed to create new replica set \"{name}\": {e.Status.Message}";
            rollout.Noted = ("False", "ReplicaSetCreateError", message);
            events.Warning(rollout.Stored, "ReplicaSetCreateError", message);
            throw;
        }

        rollout.Revision = revision;
    }

    JsonObject Build(long revision)
    {
        var template = rollout.Template.Copy();
        var hash = Rollout.Hash(template, rollout.Json.Number("status", "collisionCount"));
        template.SetLabel(Rollout.HashLabel, hash);
        var selector = rollout.Json.Object("spec", "selector")!.Copy();
        selector.Child("matchLabels")[Rollout.HashLabel] = hash;
        var set = new JsonObject
        {
            ["apiVersion"] = "apps/v1",
            ["kind"] = "ReplicaSet",
            ["metadata"] = new JsonObject
            {
                ["name"] = $"{rollout.Stored.Key.Name}-{hash}",
                ["labels"] = template.At("metadata", "labels")?.DeepClone(),
                ["ownerReferences"] = new JsonArray(Claims.Reference(rollout.Stored)),
            },
            ["spec"] = new JsonObject { ["replicas"] = rollout.NextSizeOfNew(), ["selector"] = selector, ["template"] = template },
        };
        SetMinReady(set, rollout.Json.Number("spec", "minReadySeconds"));
        Annotate(set, revision);
        AnnotateSize(set);
        return set;
    }

    async Task ResolveCollisionAsync(string name, CancellationToken ct)
    {
        var other = _registry.Get(new("replicasets.apps", rollout.Stored.Key.Namespace, name));
        if (other?.Controller()?.Uid != rollout.Stored.Uid || !Rollout.SameTemplate(rollout.Template, other.ToJson().Object("spec", "template")))
        {
            await _registry.UpdateAsync(rollout.Stored.Key, d =>
            {
                d.Child("status")["collisionCount"] = (d.Number("status", "collisionCount") ?? 0) + 1;
                return true;
            }, "status", ct);
        }

        throw new InvalidOperationException($"replica set \"{name}\" already exists");
    }

    bool Annotate(JsonObject set, long revision)
    {
        var changed = false;
        foreach (var (key, value) in rollout.Json.Annotations())
        {
            if (!OwnAnnotations.Contains(key) && set.Annotation(key) != value)
            {
                set.SetAnnotation(key, value);
                changed = true;
            }
        }

        var old = set.Annotation(Rollout.RevisionAnnotation);
        if (Rollout.RevisionOf(set) >= revision)
            return changed;

        set.SetAnnotation(Rollout.RevisionAnnotation, revision.ToString(CultureInfo.InvariantCulture));
        if (old is not null)
        {
            // A rollback: the old template has a new number, and once had this one.
            var history = set.Annotation(Rollout.HistoryAnnotation);
            set.SetAnnotation(Rollout.HistoryAnnotation, history is null ? old : $"{history},{old}");
        }

        return true;
    }

    bool AnnotateSize(JsonObject set)
    {
        var desired = rollout.Wanted.ToString(CultureInfo.InvariantCulture);
        var max = (rollout.Wanted + rollout.MaxSurge).ToString(CultureInfo.InvariantCulture);
        if (set.Annotation(Rollout.DesiredAnnotation) == desired && set.Annotation(Rollout.MaxAnnotation) == max)
            return false;

        set.SetAnnotation(Rollout.DesiredAnnotation, desired);
        set.SetAnnotation(Rollout.MaxAnnotation, max);
        return true;
    }

    static bool SetMinReady(JsonObject set, long? seconds)
    {
        if ((set.Number("spec", "minReadySeconds") ?? 0) == (seconds ?? 0))
            return false;

        set.Child("spec")["minReadySeconds"] = seconds ?? 0;
        return true;
    }
}
