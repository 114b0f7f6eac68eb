using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dex.Apply.Planning;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Apply.Applying;

/// <summary>Sends the changed objects of one wave, and keeps account of what was accepted and refused.</summary>
sealed class Applier(KubeClient client, Plan plan, DeployOptions options, IProgress<ApplyEvent>? progress)
{
    const int DefinitionAttempts = 20;
    static readonly TimeSpan DefinitionPause = TimeSpan.FromMilliseconds(100);
    readonly ConcurrentQueue<(PlannedObject Planned, JsonObject Live)> _applied = new();
    readonly ConcurrentQueue<(ObjectRef Ref, Diagnostic Reason)> _refused = new();
    readonly ConcurrentDictionary<ObjectRef, Lazy<Task>> _defined = new();

    /// <summary>What was accepted, with its state of then.</summary>
    public IReadOnlyCollection<(PlannedObject Planned, JsonObject Live)> Applied => _applied;

    /// <summary>What was refused, and why.</summary>
    public IReadOnlyCollection<(ObjectRef Ref, Diagnostic Reason)> Refused => _refused;

    /// <summary>The inventory entry of an object that was accepted.</summary>
    public static InventoryEntry Entry(PlannedObject planned, JsonObject live, InventoryEntry intent) => intent with
    {
        Uid = live.Uid(),
        Phase = InventoryPhase.Applied,
        Hash = planned.Hash,
        OwnedFields = OwnedFields.Hash(live, ApplyEngine.Manager),
    };

    /// <summary>All objects at once; a refusal does not stop the others of the wave.</summary>
    public Task SendAsync(IEnumerable<PlannedObject> wave, CancellationToken ct) => InParallel.ForEachAsync(wave, SendAsync, ct);

    async Task SendAsync(PlannedObject planned, CancellationToken ct)
    {
        try
        {
            var live = await ApplyAsync(planned, ct);
            _applied.Enqueue((planned, live));
            progress?.Report(new ObjectApplied(planned.Ref, planned.Change));
        }
        catch (KubeApiException exception) when (!exception.IsUnauthorized)
        {
            var reason = ApplyErrors.Refused(planned.Ref, exception.Status);
            _refused.Enqueue((planned.Ref, reason));
            progress?.Report(new ObjectRefused(planned.Ref, reason));
        }
    }

    async Task<JsonObject> ApplyAsync(PlannedObject planned, CancellationToken ct)
    {
        // A Job cannot be changed, and one that failed does not run again by itself.
        var replace = planned.Live is not null && RunOnce.Is(planned.Desired);
        if (replace || planned.Live?.DeletionTimestamp() is not null) await ReplaceAsync(planned, ct);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var how = new ApplyPatchOptions { FieldManager = ApplyEngine.Manager, Force = options.ForceConflicts };
                return await client.ApplyAsync(planned.Resource, planned.Desired, how, ct);
            }
            catch (KubeApiException exception) when (ApplyErrors.IsImmutable(exception.Status) && options.Recreate.Contains(planned.Ref.ToString()) && attempt == 1)
            {
                await ReplaceAsync(planned, ct);
            }
            catch (KubeApiException exception) when (exception.IsNotFound && KnownResources.Find(planned.Ref.Gvk) is null && attempt < DefinitionAttempts)
            {
                // A kind that was just defined is served a moment after it is called established; one that was deleted never is.
                if (attempt == 1) await DefineAgainAsync(planned.Ref.Gvk, ct);
                await Task.Delay(DefinitionPause, client.Time, ct);
            }
        }
    }

    /// <summary>Where somebody deleted the kind's definition since the plan was made and it belongs to this deploy, it is sent again: once for all its objects.</summary>
    Task DefineAgainAsync(GroupVersionKind gvk, CancellationToken ct)
    {
        var definition = plan.Objects.FirstOrDefault(obj => obj.Ref.Gvk.Kind == Kinds.Definition && Kinds.Defines(obj.Desired, gvk));
        return definition is null ? Task.CompletedTask : _defined.GetOrAdd(definition.Ref, _ => new Lazy<Task>(SendMissingAsync)).Value;

        async Task SendMissingAsync()
        {
            if (await client.GetAsync(definition.Resource, null, definition.Ref.Name, ct) is null) await SendAsync(definition with { Change = ChangeKind.Create, Live = null }, ct);
        }
    }

    /// <summary>Deletes the present object and waits until its name is free.</summary>
    async Task ReplaceAsync(PlannedObject planned, CancellationToken ct)
    {
        var uid = planned.Live!.Uid();
        await Deletion.DeleteAndWaitAsync(client, planned.Resource, planned.Ref, uid, ct);
    }
}
