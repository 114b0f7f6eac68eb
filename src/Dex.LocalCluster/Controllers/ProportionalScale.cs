using System.Globalization;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Controllers;

/// <summary>
/// Spreads a change of a Deployment's replicas over the ReplicaSets of a rollout that is under way, in proportion to their sizes,
/// so that a broken new version does not take all of the growth.
/// </summary>
static class ProportionalScale
{
    public static IEnumerable<(Replicas Set, int Size)> Sizes(Rollout rollout)
    {
        var active = rollout.All.Where(s => s.Wanted > 0).ToList();
        var allowed = rollout.Wanted > 0 ? rollout.Wanted + rollout.MaxSurge : 0;
        var toAdd = allowed - active.Sum(s => s.Wanted);

        // Growth goes to the newest of the largest first, shrinking takes from the oldest of the largest.
        active = toAdd > 0
            ? [.. active.AsEnumerable().Reverse().OrderByDescending(s => s.Wanted)]
            : [.. active.OrderByDescending(s => s.Wanted)];
        var sizes = new List<(Replicas Set, int Size)>();
        var added = 0;
        foreach (var set in active)
        {
            var share = Share(rollout, set, toAdd, added);
            added += share;
            sizes.Add((set, set.Wanted + share));
        }

        if (sizes.Count > 0 && toAdd != 0)
            sizes[0] = (sizes[0].Set, Math.Max(0, sizes[0].Size + toAdd - added));

        return sizes;
    }

    static int Share(Rollout rollout, Replicas set, int toAdd, int added)
    {
        if (toAdd == 0)
            return 0;

        var fraction = Fraction(rollout, set);
        var allowed = toAdd - added;
        return toAdd > 0 ? Math.Min(fraction, allowed) : Math.Max(fraction, allowed);
    }

    static int Fraction(Rollout rollout, Replicas set)
    {
        if (rollout.Wanted == 0)
            return -set.Wanted;

        var before = int.TryParse(set.Json.Annotation(Rollout.MaxAnnotation), CultureInfo.InvariantCulture, out var max) && max > 0
            ? max
            : (int)(rollout.Json.Number("status", "replicas") ?? 0);
        return before == 0 ? 0 : (int)Math.Round((double)set.Wanted * (rollout.Wanted + rollout.MaxSurge) / before, MidpointRounding.AwayFromZero) - set.Wanted;
    }
}
