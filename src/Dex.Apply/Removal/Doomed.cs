using System.Text.Json.Nodes;
using Dex.Apply.Planning;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>An object to delete.</summary>
/// <param name="Stage">By its kind alone.</param>
sealed record Doomed(InventoryEntry Entry, ResourceId Resource, Stage Stage)
{
    static readonly ResourceId Services = KnownResources.Get("v1", "Service");

    /// <summary>Finds where objects are served; not among the answers is what no cluster can hold any more, as its kind is gone.</summary>
    public static async Task<IReadOnlyList<Doomed>> FindAsync(KubeClient client, IReadOnlyCollection<InventoryEntry> entries, CancellationToken ct)
    {
        var kinds = new Kinds(client, []);
        var balancers = await LoadBalancersAsync(client, entries, ct);
        var found = new List<Doomed>(entries.Count);
        foreach (var entry in entries)
        {
            if (await kinds.FindAsync(entry.Ref.Gvk, ct) is { } resource) found.Add(new Doomed(entry, resource, Stages.Of(entry.Ref.Gvk, resource, balancers.Contains(entry.Ref))));
        }

        return found;
    }

    /// <summary>
    /// Objects that may go at once, in the order in which they go: by stage, and what others need after those. An object of an earlier stage
    /// that one of a later stage needs waits for that one.
    /// </summary>
    public static IEnumerable<IReadOnlyList<Doomed>> InOrder(IReadOnlyList<Doomed> objects)
    {
        var needed = Dependencies.Among([.. objects.Select(obj => obj.Entry)]);
        var steps = objects.ToDictionary(obj => obj.Entry.Ref, obj => (obj.Stage, Level: 0));
        // As no deploy has sent a circle, this ends; the bound is for records that were written by hand.
        for (var (moved, round) = (needed.Count > 0, 0); moved && round < objects.Count; round++)
        {
            moved = false;
            foreach (var (dependent, need) in needed.SelectMany(pair => pair.Select(need => (pair.Key, need))))
            {
                var (before, after) = (steps[dependent], steps[need]);
                if (after.CompareTo(before) > 0) continue;
                steps[need] = (before.Stage, before.Level + 1);
                moved = true;
            }
        }

        return objects.GroupBy(obj => steps[obj.Entry.Ref]).OrderBy(step => step.Key).Select(step => step.ToList());
    }

    static async Task<HashSet<ObjectRef>> LoadBalancersAsync(KubeClient client, IReadOnlyCollection<InventoryEntry> entries, CancellationToken ct)
    {
        var found = new HashSet<ObjectRef>();
        foreach (var ns in entries.Where(entry => entry.Ref.Gvk.GroupKind == "Service").Select(entry => entry.Ref.Namespace).Distinct())
        {
            found.UnionWith((await ServicesAsync(client, ns, entries, ct)).Where(service => service.Text("spec", "type") == "LoadBalancer").Select(ObjectRef.Of));
        }

        return found;
    }

    static async Task<IEnumerable<JsonObject>> ServicesAsync(KubeClient client, string ns, IReadOnlyCollection<InventoryEntry> entries, CancellationToken ct)
    {
        try
        {
            return (await client.ListAsync(Services, ns, Selection.All, ct)).Items;
        }
        catch (KubeApiException exception) when (exception.IsForbidden)
        {
            // A role may grant reading single objects only.
            var named = entries.Where(entry => entry.Ref.Gvk.GroupKind == "Service" && entry.Ref.Namespace == ns);
            return (await Task.WhenAll(named.Select(entry => client.GetAsync(Services, ns, entry.Ref.Name, ct)))).OfType<JsonObject>();
        }
    }
}
