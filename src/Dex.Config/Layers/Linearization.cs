namespace Dex.Config;

/// <summary>
/// The C3 order of layers (Barrett et al., 1996): every layer stands above all it extends, and a later parent above an earlier one, everywhere in
/// the graph. A recursive merge would let a shared ancestor's values win over its descendants'.
/// </summary>
internal static class Linearization
{
    /// <summary>From the layer itself, which wins, to its most distant ancestor; null when the wishes of the parents' orders contradict each other.</summary>
    /// <param name="start">The layer.</param>
    /// <param name="parents">The parents of a layer as written, the last one strongest. There is no cycle.</param>
    public static IReadOnlyList<string>? Order(string start, Func<string, IReadOnlyList<string>> parents) =>
        Order(start, parents, new Dictionary<string, IReadOnlyList<string>?>(StringComparer.Ordinal));

    private static IReadOnlyList<string>? Order(string name, Func<string, IReadOnlyList<string>> parents, Dictionary<string, IReadOnlyList<string>?> known)
    {
        if (known.TryGetValue(name, out var order)) return order;
        var direct = parents(name).Reverse().ToList();
        var sequences = new List<List<string>>();
        foreach (var parent in direct)
        {
            if (Order(parent, parents, known) is not { } above) return known[name] = null;
            sequences.Add([.. above]);
        }

        sequences.Add(direct);
        return known[name] = Merge(name, sequences);
    }

    private static List<string>? Merge(string name, List<List<string>> sequences)
    {
        var result = new List<string> { name };
        while (sequences.RemoveAll(s => s.Count == 0) >= 0 && sequences.Count > 0)
        {
            var next = sequences.Select(s => s[0]).FirstOrDefault(head => sequences.TrueForAll(s => s.IndexOf(head) <= 0));
            if (next is null) return null;
            result.Add(next);
            foreach (var sequence in sequences)
            {
                if (sequence[0] == next) sequence.RemoveAt(0);
            }
        }

        return result;
    }

    /// <summary>The names along a cycle that a layer is part of or leads to, first and last the same; null when there is none.</summary>
    public static IReadOnlyList<string>? FindCycle(string start, Func<string, IReadOnlyList<string>> parents)
    {
        var path = new List<string>();
        var done = new HashSet<string>(StringComparer.Ordinal);
        return Visit(start);

        IReadOnlyList<string>? Visit(string name)
        {
            var at = path.IndexOf(name);
            if (at >= 0) return [.. path[at..], name];
            if (!done.Add(name)) return null;
            path.Add(name);
            foreach (var parent in parents(name))
            {
                if (Visit(parent) is { } cycle) return cycle;
            }

            path.RemoveAt(path.Count - 1);
            return null;
        }
    }
}
