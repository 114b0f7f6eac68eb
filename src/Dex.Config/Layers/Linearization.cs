namespace Dex.Config;

/// <summary>
/// The C3 order of layers (Barrett et al., 1996): every layer stands above all it extends, and a later parent above an earlier one, everywhere in
/// the graph. A recursive merge would let a shared ancestor's values win over its descendants'.
/// </summary>
static class Linearization
{
    /// <summary>From the layer itself, which wins, to its most distant ancestor; null when the wishes of the parents' orders contradict each other.</summary>
    /// <param name="start">The layer.</param>
    /// <param name="parents">The parents of a layer as written, the last one strongest. There is no cycle.</param>
    public static IReadOnlyList<string>? Order(string start, Func<string, IReadOnlyList<string>> parents) =>
        Order(start, parents, new Dictionary<string, IReadOnlyList<string>?>(StringComparer.Ordinal));

    static IReadOnlyList<string>? Order(string name, Func<string, IReadOnlyList<string>> parents, Dictionary<string, IReadOnlyList<string>?> known)
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

    static List<string>? Merge(string name, List<List<string>> sequences)
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

    /// <summary>The order of a layer, or why there is none.</summary>
    public static LayerOrder Find(string start, Func<string, IReadOnlyList<string>> parents)
    {
        var path = new List<string>();
        var onPath = new HashSet<string>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        if (Visit(start) is { } cycle) return new LayerOrder(null, cycle, IsTooLong: false);
        return seen.Count > LayerOrder.Longest ? new LayerOrder(null, null, IsTooLong: true) : new LayerOrder(Order(start, parents), null, IsTooLong: false);

        IReadOnlyList<string>? Visit(string name)
        {
            if (onPath.Contains(name)) return [.. path[path.IndexOf(name)..], name];
            if (seen.Count > LayerOrder.Longest || !seen.Add(name)) return null;
            path.Add(name);
            onPath.Add(name);
            foreach (var parent in parents(name))
            {
                if (Visit(parent) is { } cycle) return cycle;
            }

            path.RemoveAt(path.Count - 1);
            onPath.Remove(name);
            return null;
        }
    }
}

/// <summary>The order of a layer and all it extends.</summary>
/// <param name="Names">From the layer itself to its most distant ancestor; null when there is no order.</param>
/// <param name="Cycle">The names along a cycle that the layer is part of or leads to, first and last the same.</param>
/// <param name="IsTooLong">More layers than anybody means; looking on would cost the square of their number.</param>
sealed record LayerOrder(IReadOnlyList<string>? Names, IReadOnlyList<string>? Cycle, bool IsTooLong)
{
    /// <summary>The greatest number of layers, itself included.</summary>
    public const int Longest = 100;
}
