using Dex.Apply;
using Dex.Apply.Removal;
using Dex.Features.Cluster;
using Dex.Kubernetes.Model;

namespace Dex.Features.Environments.Lifetime.Reaping;

/// <summary>Objects that dex labelled for one environment and that no record knows.</summary>
/// <param name="Id">The environment's id.</param>
/// <param name="App">The app.</param>
/// <param name="Name">The instance's name.</param>
/// <param name="Objects">The objects.</param>
sealed record OrphanGroup(string Id, string App, string Name, IReadOnlyList<FoundObject> Objects)
{
    /// <summary>How users write it: <c>app/name</c>.</summary>
    public string Key => $"{App}/{Name}";

    /// <summary>For people: <c>Deployment/web in shop-eabc-wxyz</c>.</summary>
    public IReadOnlyList<string> Words => [.. Objects.Select(found => found.Ref.Namespace.Length == 0 ? found.Ref.ToString() : $"{found.Ref} in {found.Ref.Namespace}").Order(StringComparer.Ordinal)];
}

/// <summary>Finds what records do not know: after a record was deleted by hand, or by a restore of an older state.</summary>
sealed class Orphans(EnvironmentRecords records)
{
    /// <summary>The orphans by environment, and what could not be looked at.</summary>
    public async Task<(IReadOnlyList<OrphanGroup> Groups, IReadOnlyList<string> Unverified)> FindAsync(ClusterTarget target, CancellationToken cancellationToken)
    {
        // Objects first: whatever is made between the two readings then has its record among those that are read.
        var scope = new Release(target.HomeNamespace, Record("")) { TargetNamespace = target.IsConfined ? target.HomeNamespace : null, IsConfined = target.IsConfined };
        var (objects, unverified) = await new ObjectSearch(target.Client, scope).FindAsync($"app.kubernetes.io/managed-by=dex,{Labels.Id}", cancellationToken);
        var (environments, unreadable) = await records.ScanAsync(target, cancellationToken);
        var known = environments.Where(environment => environment.Status.State != LifeState.Deleted).ToDictionary(environment => environment.Release.Name);
        var hidden = unreadable.Select(stored => stored.Release.Name).ToHashSet(StringComparer.Ordinal);
        return ([.. objects
            .Where(found => !IsRecord(target, found.Ref) && found.Object.Label(Labels.Id) is { } id && !hidden.Contains(Record(id)) && !Knows(known.GetValueOrDefault(Record(id)), found))
            .GroupBy(found => found.Object.Label(Labels.Id)!)
            .Select(group => new OrphanGroup(group.Key, group.First().Object.Label(Labels.App) ?? "?", group.First().Object.Label(Labels.Name) ?? "?", [.. group]))
            .OrderBy(group => group.Key, StringComparer.Ordinal)], unverified);
    }

    /// <summary>The name of an environment's record.</summary>
    public static string Record(string id) => $"dex-env-{id}";

    static bool Knows(StoredEnvironment? environment, FoundObject found)
    {
        if (environment is null) return false;
        if (found.Object.Label(Labels.Incarnation) == environment.Spec.Incarnation) return true;
        // An earlier incarnation that is still being taken away.
        return environment.Record.Inventory.Any(entry => entry.Ref == found.Ref || (entry.Ref.Gvk is { Group: "", Kind: "Namespace" } && entry.Ref.Name == found.Ref.Namespace));
    }

    /// <summary>Records, locks and revisions carry the labels of their environment.</summary>
    static bool IsRecord(ClusterTarget target, ObjectRef found) => found.Namespace == target.HomeNamespace && found.Name.StartsWith(Record(""), StringComparison.Ordinal);
}
