using Dex.Yaml;

namespace Dex.Config;

/// <summary>Required keys that are missing, gathered over environments so that each is reported once.</summary>
sealed class MissingKeys(ConfigSources config)
{
    readonly Dictionary<(string Path, string Key), MissingKey> _found = [];

    public void Add(ChosenEnvironment environment, MergedNode node, string key, PropertySchema? property)
    {
        var path = node.Path;
        if (config.Suggested.Contains(path.Length == 0 ? key : $"{path}.{key}")) return;
        if (_found.TryGetValue((path, key), out var same)) same.Environments.Add(environment);
        else _found.Add((path, key), new MissingKey(path, key, node, property, [environment]));
    }

    public void Report(DiagnosticBag diagnostics)
    {
        foreach (var (path, key, node, property, environments) in _found.Values)
        {
            var names = environments.Select(e => e.Name).Where(n => n.Length > 0).ToList();
            var label = names.Count == 0 ? "required" : $"required in {string.Join(", ", names.Take(5))}{(names.Count > 5 ? $" and {names.Count - 5} more" : "")}{Elsewhere(path, key, environments)}";
            diagnostics.Add(ConfigErrors.Missing(Place(node), path, key, label, property?.Constraints.Examples.FirstOrDefault()));
        }
    }

    /// <summary>The key under which the record stands; the file's beginning for the root.</summary>
    SourceSpan Place(MergedNode node)
    {
        if (node.Parent is not null) return node.Contributions[Math.Min(node.FirstEffective, node.Contributions.Count - 1)].KeySpan;
        var main = config.Main.Root as YamlMap;
        var span = main is { Entries.Count: > 0 } ? main.Entries[0].KeySpan : config.Main.Source.Span(0, 0);
        return span;
    }

    /// <summary>Who has the key, and who of those that count here has not.</summary>
    string Elsewhere(string path, string key, List<ChosenEnvironment> environments)
    {
        var steps = ConfigPath.Parse(path.Length == 0 ? key : $"{path}.{key}") ?? [];
        var setBy = config.Environments.All.SelectMany(e => e.Parts.Select(p => (e.Name, Value: Walk(p.Layer.Root, steps)))).FirstOrDefault(p => p.Value is not null);
        if (setBy.Value is null) return "";
        var without = environments[0].Declaration is { } declaration ? config.Environments.Layers(declaration).Select(l => l.Environment!).Distinct(StringComparer.Ordinal).Reverse().ToList() : [];
        return $"; {setBy.Name} sets it at {setBy.Value.Span}, {string.Join(", ", without)}{(without.Count > 0 ? " and " : "")}the root do not";
    }

    sealed record MissingKey(string Path, string Key, MergedNode Node, PropertySchema? Property, List<ChosenEnvironment> Environments);

    static YamlNode? Walk(YamlNode node, IReadOnlyList<string> steps)
    {
        foreach (var step in steps)
        {
            if ((node as YamlMap)?[step] is not { } next) return null;
            node = next;
        }

        return node;
    }
}
