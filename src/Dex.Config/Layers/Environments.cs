using System.Collections.Concurrent;
using Dex.Yaml;

namespace Dex.Config;

/// <summary>An entry of <c>environments</c>; several files may say something about the same one.</summary>
sealed class EnvironmentDeclaration(string name)
{
    public string Name { get; } = name;

    /// <summary>Lowest file first.</summary>
    public List<EnvironmentPart> Parts { get; } = [];

    /// <summary>The names that the highest file says it extends.</summary>
    public IReadOnlyList<YamlScalar> Parents { get; set; } = [];

    public bool IsAbstract { get; set; }

    /// <summary>Set when the name holds <c>{…}</c>.</summary>
    public NamePattern? Pattern { get; set; }

    public SourceSpan Place => Parts[^1].KeySpan;
}

/// <summary>What one file says about an environment.</summary>
sealed record EnvironmentPart(Layer Layer, SourceSpan KeySpan);

/// <summary>A name such as <c>pr-{number}</c>.</summary>
sealed class NamePattern
{
    readonly List<(bool IsCapture, string Text)> _parts = [];

    NamePattern(IEnumerable<(bool, string)> parts) => _parts.AddRange(parts);

    /// <summary>The captured names in order.</summary>
    public IReadOnlyList<string> Captures => [.. _parts.Where(p => p.IsCapture).Select(p => p.Text)];

    /// <summary>More literal characters make a pattern win.</summary>
    public int LiteralLength => _parts.Where(p => !p.IsCapture).Sum(p => p.Text.Length);

    /// <summary>Null when the name holds no braces; false when they do not pair, or captures touch or repeat.</summary>
    public static (NamePattern? Pattern, bool IsValid) Parse(string name)
    {
        if (!name.Contains('{') && !name.Contains('}')) return (null, true);
        var parts = new List<(bool, string)>();
        var at = 0;
        while (at < name.Length)
        {
            var open = name.IndexOf('{', at);
            var literal = open < 0 ? name[at..] : name[at..open];
            if (literal.Contains('}')) return (null, false);
            if (literal.Length > 0) parts.Add((false, literal));
            if (open < 0) break;
            var close = name.IndexOf('}', open);
            if (close < open + 2) return (null, false);
            var capture = name[(open + 1)..close];
            if (!capture.All(char.IsAsciiLetterOrDigit) || capture == "name" || parts is [.., (true, _)] || parts.Contains((true, capture))) return (null, false);
            parts.Add((true, capture));
            at = close + 1;
        }

        return (new NamePattern(parts), true);
    }

    /// <summary>The captured texts, each at least one character; null when the name does not match. Earlier captures are as short as possible.</summary>
    public IReadOnlyDictionary<string, string>? Match(string name)
    {
        var captures = new Dictionary<string, string>(StringComparer.Ordinal);
        return Match(name, 0, 0, captures, []) ? captures : null;
    }

    /// <param name="dead">Where matching the rest has failed already; without it, patterns of many captures would try every split of the name.</param>
    bool Match(string name, int at, int part, Dictionary<string, string> captures, HashSet<(int, int)> dead)
    {
        if (part == _parts.Count) return at == name.Length;
        if (dead.Contains((at, part))) return false;
        var (isCapture, text) = _parts[part];
        if (!isCapture && string.CompareOrdinal(name, at, text, 0, text.Length) == 0 && Match(name, at + text.Length, part + 1, captures, dead)) return true;
        for (var end = at + 1; isCapture && end <= name.Length; end++)
        {
            captures[text] = name[at..end];
            if (Match(name, end, part + 1, captures, dead)) return true;
        }

        dead.Add((at, part));
        return false;
    }
}

/// <summary>The environment that a name on the command line stands for.</summary>
sealed record ChosenEnvironment(string Name, EnvironmentDeclaration? Declaration, IReadOnlyDictionary<string, string> Captures)
{
    public static ChosenEnvironment Root { get; } = new("", null, new Dictionary<string, string>());
}

/// <summary>All environments of a file and its imports.</summary>
sealed class EnvironmentTable(IReadOnlyList<EnvironmentDeclaration> all)
{
    readonly Dictionary<string, EnvironmentDeclaration> _byName = all.ToDictionary(e => e.Name, StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, LayerOrder> _orders = new(StringComparer.Ordinal);

    readonly HashSet<string> _lacking = new(StringComparer.Ordinal);

    public IReadOnlyList<EnvironmentDeclaration> All => all;

    /// <summary>Something that the environment extends, directly or through others, cannot be found; nothing is known of the values it would inherit.</summary>
    public bool LacksParents(EnvironmentDeclaration environment) => _lacking.Count > 0 && Layers(environment).Any(l => _lacking.Contains(l.Environment!));

    public EnvironmentDeclaration? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Those that can be deployed as they are; patterns are among them.</summary>
    public IEnumerable<EnvironmentDeclaration> Concrete => all.Where(e => !e.IsAbstract);

    /// <summary>Exact name first, then the pattern with most literal characters.</summary>
    public ChosenEnvironment Choose(string name, DiagnosticBag diagnostics)
    {
        if (Find(name) is { Pattern: null } exact)
        {
            if (exact.IsAbstract) diagnostics.Add(ConfigErrors.AbstractEnvironment(exact, all));
            return new ChosenEnvironment(name, exact, ChosenEnvironment.Root.Captures);
        }

        var matches = all.Where(e => e.Pattern is not null && !e.IsAbstract).Select(e => (Declaration: e, Captures: e.Pattern!.Match(name))).Where(m => m.Captures is not null)
            .OrderByDescending(m => m.Declaration.Pattern!.LiteralLength).ToList();
        if (matches.Count == 0)
        {
            diagnostics.Add(ConfigErrors.UnknownEnvironment(name, all));
            return ChosenEnvironment.Root;
        }

        if (matches.Count > 1 && matches[0].Declaration.Pattern!.LiteralLength == matches[1].Declaration.Pattern!.LiteralLength)
            diagnostics.Add(ConfigErrors.PatternTie(name, matches[0].Declaration, matches[1].Declaration));
        var near = all.FirstOrDefault(e => e.Pattern is null && Suggestion.Distance(e.Name, name) == 1);
        if (near is not null) diagnostics.Add(ConfigErrors.NearExactName(name, near, matches[0].Declaration));
        return new ChosenEnvironment(name, matches[0].Declaration, matches[0].Captures!);
    }

    /// <summary>Reports cycles, unknown parents, patterns as parents and contradictory orders.</summary>
    public void Check(DiagnosticBag diagnostics)
    {
        foreach (var environment in all)
        {
            if (diagnostics.IsFull) return;
            foreach (var parent in environment.Parents)
            {
                if (Find(parent.Text) is { Pattern: null }) continue;
                _lacking.Add(environment.Name);
                diagnostics.Add(Find(parent.Text) is { } pattern ? ConfigErrors.PatternExtended(parent, pattern) : ConfigErrors.UnknownParent(parent, environment.Name, all));
            }

            var order = OrderOf(environment);
            if (order.Names is null) _lacking.Add(environment.Name);
            if (order.Cycle is { } cycle)
            {
                // Reported at the member that stands first, whichever member the search began with.
                var first = cycle.Skip(1).MinBy(n => Find(n)!.Place.Offset)!;
                var names = cycle.Skip(1).ToList();
                var at = names.IndexOf(first);
                names = [.. names[at..], .. names[..at], first];
                diagnostics.Add(ConfigErrors.ExtendsCycle(names, [.. names.Take(names.Count - 1).Zip(names.Skip(1), (n, next) => Find(n)!.Parents.First(p => p.Text == next).Span)]));
            }
            else if (order.Names is null)
            {
                var place = environment.Parents[0].Span;
                diagnostics.Add(order.IsTooLong ? ConfigErrors.TooManyLayers(environment.Name, place) : ConfigErrors.ContradictoryOrder(environment.Name, place));
            }
        }
    }

    /// <summary>The layers of an environment and its ancestors, lowest first.</summary>
    public IReadOnlyList<Layer> Layers(EnvironmentDeclaration environment)
    {
        var order = OrderOf(environment).Names ?? [environment.Name];
        return [.. order.Reverse().SelectMany(n => Find(n)!.Parts.Select(p => p.Layer))];
    }

    LayerOrder OrderOf(EnvironmentDeclaration environment) => _orders.GetOrAdd(environment.Name, name => Linearization.Find(name, ParentNames));

    IReadOnlyList<string> ParentNames(string name) =>
        Find(name) is { Parents.Count: > 0 } found ? [.. found.Parents.Select(p => p.Text).Where(_byName.ContainsKey).Distinct(StringComparer.Ordinal)] : [];
}
