using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>Makes sure that nothing of a release is left, whatever its record says.</summary>
sealed class Verification(KubeClient client, LabelledObjects objects)
{
    /// <summary>How long the garbage collector may take for what belonged to an object that is gone.</summary>
    static readonly TimeSpan Collection = TimeSpan.FromSeconds(10);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>What is left, and which kinds could not be looked at.</summary>
    /// <param name="ownersAreGone">Whether all owners of dependents are gone, so that it is worth waiting for these.</param>
    public async Task<(IReadOnlyList<RemainingObject> Found, IReadOnlyList<string> Unverified)> RunAsync(IReadOnlyList<InventoryEntry> inventory, bool ownersAreGone, CancellationToken ct)
    {
        var (kinds, unavailable) = await objects.KindsAsync(ct);
        IReadOnlyList<string> namespaces = [.. inventory.Select(entry => entry.Ref.Namespace).Where(ns => ns.Length > 0).Distinct()];
        var needed = Needed(inventory);
        var started = client.Time.GetTimestamp();
        while (true)
        {
            var answer = await objects.FindAsync(kinds, namespaces, needed, ct);
            // Dependents are in no record; they follow their owner a moment later.
            if (!ownersAreGone || !answer.Objects.Any(left => left.Object.OwnerReferences().Count > 0) || client.Time.GetElapsedTime(started) > Collection)
            {
                return ([.. answer.Objects.Select(left => Remains.Of(new ObjectRef(left.Kind.Gvk, left.Object.Namespace(), left.Object.Name()), left.Object)).OrderBy(left => left.Object.ToString(), StringComparer.Ordinal)],
                    [.. unavailable.Concat(answer.Unverified).Order(StringComparer.Ordinal)]);
            }

            await Task.Delay(Pause, client.Time, ct);
        }
    }

    /// <summary>The kinds that the release had, and what controllers make of them.</summary>
    static HashSet<string> Needed(IReadOnlyList<InventoryEntry> inventory)
    {
        var kinds = inventory.Select(entry => entry.Ref.Gvk.GroupKind).Append("Pod").ToHashSet();
        if (kinds.Contains("StatefulSet.apps")) kinds.Add("PersistentVolumeClaim");
        if (kinds.Contains("CronJob.batch")) kinds.Add("Job.batch");
        return kinds;
    }
}
