using Dex.Yaml;

namespace Dex.Config;

/// <summary>Inheritance between the records of one map: <c>api: {extends: web}</c>.</summary>
sealed class NamedExtends(DiagnosticBag diagnostics, MergedNode map)
{
    /// <summary>The records whose parents cannot all be found; nothing is known of the keys they would inherit.</summary>
    public HashSet<string> Lacking { get; } = new(StringComparer.Ordinal);

    public List<KeyContributions> Apply(List<KeyContributions> records)
    {
        Dictionary<string, IReadOnlyList<YamlScalar>>? parents = null;
        foreach (var (name, contributions) in records)
        {
            if (Parents(contributions) is { Count: > 0 } found) (parents ??= new(StringComparer.Ordinal))[name] = found;
        }

        if (parents is null) return records;
        var byName = records.ToDictionary(r => r.Key, r => r.Value, StringComparer.Ordinal);
        foreach (var (name, list) in parents)
        {
            foreach (var parent in list.Where(p => !byName.ContainsKey(p.Text)))
            {
                diagnostics.Add(ConfigErrors.UnknownRecord(parent, map.Path, name, byName.Keys));
                Lacking.Add(name);
            }
        }

        var names = parents.ToDictionary(p => p.Key, p => (IReadOnlyList<string>)[.. p.Value.Select(s => s.Text).Where(byName.ContainsKey).Distinct(StringComparer.Ordinal)], StringComparer.Ordinal);
        IReadOnlyList<string> Known(string name) => names.GetValueOrDefault(name, []);
        return [.. records.Select(r => new KeyContributions(r.Key, Inherit(r.Key, byName, Known, parents)))];
    }

    List<Contribution> Inherit(string name, Dictionary<string, List<Contribution>> records, Func<string, IReadOnlyList<string>> parents, Dictionary<string, IReadOnlyList<YamlScalar>> places)
    {
        if (!places.TryGetValue(name, out var own)) return records[name];
        var found = Linearization.Find(name, parents);
        if (found.Cycle is { } cycle)
        {
            Lacking.Add(name);
            if (cycle.Contains(name)) diagnostics.Add(ConfigErrors.ExtendsCycle(cycle, [.. cycle.Take(cycle.Count - 1).Select(n => places[n].First(p => parents(n).Contains(p.Text)).Span)]));
            return records[name];
        }

        if (found.Names is not { } order)
        {
            Lacking.Add(name);
            diagnostics.Add(found.IsTooLong ? ConfigErrors.TooManyLayers(name, own[0].Span) : ConfigErrors.ContradictoryOrder(name, own[0].Span));
            return records[name];
        }

        if (order.Any(Lacking.Contains)) Lacking.Add(name);
        // An ancestor that an environment removes is gone itself; what it gave to others stays.
        return [.. order.Skip(1).Reverse().SelectMany(a => records[a].Where(c => !c.Removes).Select(c => c with { Via = c.Via ?? a })), .. records[name]];
    }

    static IReadOnlyList<YamlScalar> Parents(List<Contribution> contributions)
    {
        for (var i = contributions.Count - 1; i >= 0; i--)
        {
            if (contributions[i].Value is not YamlMap value || value["extends"] is not { } extends) continue;
            return ExtendsList(extends);
        }

        return [];
    }

    /// <summary>One name or several; anything else is reported by the shape check.</summary>
    public static IReadOnlyList<YamlScalar> ExtendsList(YamlNode node) => node switch
    {
        YamlScalar { IsNull: false, IsEmpty: false } one => [one],
        YamlList list => [.. list.Items.OfType<YamlScalar>()],
        _ => [],
    };
}
