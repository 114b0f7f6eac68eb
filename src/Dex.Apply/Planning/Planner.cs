using System.Text.Json.Nodes;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Planning;

/// <summary>
/// Finds out what a deploy has to do with one request per kind and namespace, all at once. What was applied before and whose
/// owned fields still have the values of then is left alone; nothing is sent to the server to find that out.
/// </summary>
sealed class Planner(KubeClient client, Release release)
{
    /// <summary>A wanted object in its final form.</summary>
    sealed record Wanted(ResourceId Resource, JsonObject Object);

    /// <summary>What one list shows.</summary>
    sealed record Place(ResourceId Resource, string Namespace);

    /// <param name="reading">The record, being read at the same time as the objects.</param>
    public async Task<Plan> PlanAsync(Task<ReleaseRecord?> reading, IReadOnlyList<JsonObject> objects, CancellationToken ct)
    {
        var kinds = new Kinds(client, objects);
        var wanted = await NormalizeAsync(kinds, objects, ct);
        var live = await ReadAsync(wanted, ct);
        var record = await reading;
        var known = (record?.Inventory ?? []).ToDictionary(entry => entry.Ref);
        var planned = AfterDefinitions([.. wanted.Select(obj => Compare(obj.Resource, obj.Object, known, live))]);
        var kept = planned.Select(obj => obj.Ref).ToHashSet();
        return new Plan
        {
            Objects = planned,
            Steps = Steps.Of(planned),
            Deleted = [.. (record?.Inventory ?? []).Where(entry => !kept.Contains(entry.Ref))],
            Record = record,
        };
    }

    static PlannedObject Compare(ResourceId resource, JsonObject desired, Dictionary<ObjectRef, InventoryEntry> known, Dictionary<ObjectRef, JsonObject> live)
    {
        var name = ObjectRef.Of(desired);
        var present = live.GetValueOrDefault(name);
        var entry = known.GetValueOrDefault(name);
        var hash = ObjectHash.Of(desired);
        return new PlannedObject(name, resource, desired, Change(desired, present, entry, hash)) { Live = present, Hash = hash };
    }

    static ChangeKind Change(JsonObject desired, JsonObject? present, InventoryEntry? entry, string hash)
    {
        var same = entry is { Phase: InventoryPhase.Applied } && entry.Hash == hash;
        // A run that is over has been cleaned away: it must not run twice.
        if (present is null) return same && RunOnce.Is(desired) ? ChangeKind.Unchanged : ChangeKind.Create;
        if (present.DeletionTimestamp() is not null) return ChangeKind.Create;
        if (!same) return entry is null || entry.Hash.Length == 0 || entry.Hash != hash ? ChangeKind.Change : ChangeKind.Restore;
        if (entry!.Uid != present.Uid() || entry.OwnedFields.Length == 0) return ChangeKind.Restore;
        if (RunOnce.Is(desired) && RunOnce.HasFailed(present)) return ChangeKind.Change;
        return entry.OwnedFields == OwnedFields.Hash(present, ApplyEngine.Manager) && (!SecretData.IsSecret(desired) || SecretData.Holds(present, desired))
            ? ChangeKind.Unchanged
            : entry.OwnedFields == OwnedFields.Hash(present, ApplyEngine.Manager) ? ChangeKind.Change : ChangeKind.Restore;
    }

    /// <summary>A definition that is made anew has none of the objects that were read before it went.</summary>
    static List<PlannedObject> AfterDefinitions(List<PlannedObject> planned)
    {
        var fresh = planned.FindAll(obj => obj.Ref.Gvk.Kind == Kinds.Definition && obj.Change == ChangeKind.Create);
        return fresh.Count == 0 ? planned
            : planned.ConvertAll(obj => fresh.Exists(definition => Kinds.Defines(definition.Desired, obj.Ref.Gvk)) ? obj with { Change = ChangeKind.Create, Live = null } : obj);
    }

    /// <summary>Gives every object its resource and its namespace.</summary>
    async Task<List<Wanted>> NormalizeAsync(Kinds kinds, IReadOnlyList<JsonObject> objects, CancellationToken ct)
    {
        var wanted = new List<Wanted>(objects.Count);
        var seen = new HashSet<ObjectRef>();
        foreach (var obj in objects)
        {
            var resource = await kinds.ResolveAsync(obj.Gvk(), ct);
            var copy = obj;
            if (resource.Namespaced && obj.Namespace().Length == 0)
            {
                copy = obj.Copy();
                copy.Metadata()["namespace"] = release.TargetNamespace ?? throw ApplyErrors.NoNamespace(ObjectRef.Of(obj));
            }
            else if (!resource.Namespaced && obj.Namespace().Length > 0)
            {
                copy = obj.Copy();
                copy.Metadata().Remove("namespace");
            }

            if (!seen.Add(ObjectRef.Of(copy))) throw ApplyErrors.Twice(ObjectRef.Of(copy));
            wanted.Add(new Wanted(resource, copy));
        }

        return wanted;
    }

    /// <summary>What exists of these objects.</summary>
    async Task<Dictionary<ObjectRef, JsonObject>> ReadAsync(List<Wanted> wanted, CancellationToken ct)
    {
        var groups = wanted.GroupBy(obj => new Place(obj.Resource, obj.Resource.Namespaced ? obj.Object.Namespace() : ""));
        var read = await Task.WhenAll(groups.Select(group => ReadAsync(group.Key.Resource, group.Key.Namespace, [.. group.Select(obj => obj.Object.Name())], ct)));
        return read.SelectMany(objects => objects).ToDictionary(ObjectRef.Of);
    }

    async Task<IEnumerable<JsonObject>> ReadAsync(ResourceId resource, string ns, IReadOnlyList<string> names, CancellationToken ct)
    {
        if (names is [var only]) return await client.GetAsync(resource, ns, only, ct) is { } obj ? [obj] : [];
        try
        {
            // Without the selector: an object that has lost its label is still the one that is wanted.
            var wanted = names.ToHashSet(StringComparer.Ordinal);
            var list = await client.ListAsync(resource, ns, Selection.All, ct);
            return list.Items.Where(item => wanted.Contains(item.Name()));
        }
        catch (KubeApiException exception) when (exception.IsNotFound)
        {
            // A kind that the release is about to define.
            return [];
        }
        catch (KubeApiException exception) when (exception.IsForbidden)
        {
            // A role may grant reading single objects only.
            var read = await Task.WhenAll(names.Select(name => client.GetAsync(resource, ns, name, ct)));
            return read.OfType<JsonObject>();
        }
    }
}
