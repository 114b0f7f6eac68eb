using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dex.Apply.Applying;
using Dex.Kubernetes.Client;

namespace Dex.Apply.Diff;

/// <summary>Asks the server what each changed object would become, defaults and admission included, without storing it.</summary>
sealed class Differ(KubeClient client, bool force)
{
    public async Task<IReadOnlyList<ObjectDiff>> CompareAsync(Plan plan, CancellationToken ct)
    {
        var changed = plan.Objects.Where(obj => obj.Change != ChangeKind.Unchanged).ToList();
        var found = new ConcurrentDictionary<ObjectRef, ObjectDiff>();
        await InParallel.ForEachAsync(changed, async (obj, token) => found[obj.Ref] = await CompareAsync(obj, token), ct);
        return
        [
            .. changed.Select(obj => found[obj.Ref]),
            .. plan.Deleted.Select(entry => new ObjectDiff(entry.Ref, ChangeKind.Unchanged, []) { Deleted = true }),
        ];
    }

    async Task<ObjectDiff> CompareAsync(PlannedObject planned, CancellationToken ct)
    {
        JsonObject after;
        try
        {
            after = await client.ApplyAsync(planned.Resource, planned.Desired, new ApplyPatchOptions { FieldManager = ApplyEngine.Manager, Force = force, DryRun = true }, ct);
        }
        catch (KubeApiException exception) when (exception.IsNotFound && planned.Live is null)
        {
            // Its namespace or its kind will be made by the same deploy.
            after = planned.Desired;
        }
        catch (KubeApiException exception)
        {
            return new ObjectDiff(planned.Ref, planned.Change, Fields.Compare(planned.Live, planned.Desired)) { Refused = ApplyErrors.Refused(planned.Ref, exception.Status) };
        }

        return new ObjectDiff(planned.Ref, planned.Change, Fields.Compare(planned.Live, after));
    }
}
