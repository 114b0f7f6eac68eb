using Dex.Apply.Applying;
using Dex.Apply.Planning;
using Dex.Apply.Removal;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Records;

/// <summary>Makes a lost record anew from the labels that objects carry.</summary>
sealed class Adoption(LabelledObjects objects, RecordStore records, Release release)
{
    public async Task<ReleaseRecord> RunAsync(CancellationToken ct)
    {
        var (kinds, _) = await objects.KindsAsync(ct);
        var answer = await objects.FindAsync(kinds, release.TargetNamespace is { } ns ? [ns] : [], new HashSet<string>(), ct);
        var found = answer.Objects.Where(entry => entry.Object.OwnerReferences().Count == 0).Select(entry =>
            new InventoryEntry(new ObjectRef(entry.Kind.Gvk, entry.Object.Namespace(), entry.Object.Name()))
            {
                // Without what was wanted of it, the next deploy sends it again.
                Uid = entry.Object.Uid(),
                Phase = InventoryPhase.Applied,
                Owned = Ours.Applied(entry.Object),
                DependsOn = entry.Object.Annotation(Dependencies.Annotation) ?? "",
            }).ToList();
        return await records.UpdateAsync(release, before =>
        {
            var known = before.Inventory.Select(entry => entry.Ref).ToHashSet();
            return before with { Generation = before.Generation + 1, Inventory = [.. before.Inventory, .. found.Where(entry => !known.Contains(entry.Ref))] };
        }, ct);
    }
}
