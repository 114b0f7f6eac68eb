namespace Dex.Features.Manifests;

/// <summary>Applies the merge patches of a service or job to its own objects.</summary>
static class Patches
{
    public static List<RenderedObject> Apply(WorkloadScope scope, List<RenderedObject> items)
    {
        foreach (var (target, patch) in scope.Workload.Patches)
        {
            var matched = 0;
            for (var at = 0; at < items.Count; at++)
            {
                if (target != items[at].Kind && target != $"{items[at].Kind}/{items[at].Name}") continue;
                matched++;
                Json.Merge(items[at].Object, patch);
                items[at] = items[at] with { Keys = [.. items[at].Keys, $"patches.{target}"] };
            }

            if (matched == 0)
            {
                throw ManifestErrors.PatchMatchesNothing(
                    scope.Path, target, items.Select(item => item.Kind).Distinct(StringComparer.Ordinal), scope.Input.Locate($"{scope.Path}.patches.{target}"));
            }
        }

        return items;
    }
}
