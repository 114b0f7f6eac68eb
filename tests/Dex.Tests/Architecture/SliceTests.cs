namespace Dex.Tests.Architecture;

public sealed class SliceTests
{
    /// <summary>Which slice may use which. Everything else is told apart; the list has no cycle.</summary>
    static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Manifests"] = ["Build", "Config", "Cluster"],
        ["Deploy"] = ["Cluster", "Config", "Environments"],
        ["Environments"] = ["Build", "Cluster", "Config", "Manifests"],
        ["Inspect"] = ["Cluster", "Config", "Environments"],
        ["New"] = ["Config"],
        ["Build"] = ["Config", "Cluster"],
        ["Platform"] = ["Build", "Cluster", "Config", "Environments"],
    };

    [Fact]
    public void A_slice_uses_only_the_slices_it_is_allowed_to()
    {
        var crossings = CompiledCode.Uses
            .Where(use => use.IsFrom("Dex.Features") && use.IsOf("Dex.Features"))
            .Select(use => (From: Slice(use.From), To: Slice(use.Type), use))
            .Where(pair => pair.From != pair.To && !Allowed.GetValueOrDefault(pair.From, []).Contains(pair.To))
            .Select(pair => $"{pair.use.From} uses {pair.use.Type}")
            .Distinct();
        Assert.Empty(crossings);
    }

    [Fact]
    public void The_allowed_uses_have_no_cycle()
    {
        Assert.All(Allowed.Keys, slice => Assert.DoesNotContain(slice, Reachable(slice)));

        static HashSet<string> Reachable(string from)
        {
            var seen = new HashSet<string>();
            var open = new Queue<string>(Allowed.GetValueOrDefault(from, []));
            while (open.TryDequeue(out var slice))
            {
                if (!seen.Add(slice)) continue;
                foreach (var next in Allowed.GetValueOrDefault(slice, [])) open.Enqueue(next);
            }

            return seen;
        }
    }

    static string Slice(string type) => type.Split('.')[2];
}
