using Dex.Yaml;

namespace Dex.Config;

/// <summary>Runs the rules of every record and puts their findings at their places.</summary>
sealed class RuleRunner(Resolution resolution, DiagnosticBag diagnostics)
{
    IReadOnlyList<BoundRecord> _all = [];
    Dictionary<object, MergedNode>? _nodes;

    public void Run(IReadOnlyList<BoundRecord> records)
    {
        _all = records;
        // A rule that reads what is already known to be wrong would only repeat it in other words.
        foreach (var (record, node) in records.Where(r => !r.IsChecked && r.Node.Record!.Rules.Count > 0 && r.Node.IsSound && !resolution.Root.LacksParents))
        {
            foreach (var (code, method) in node.Record!.Rules)
            {
                try
                {
                    method.Invoke(null, System.Reflection.BindingFlags.DoNotWrapExceptions, null, [record, new Check(f => Report(code, f))], null);
                }
                catch (NullReferenceException) when (resolution.Context.IsStatic)
                {
                    // A rule may read a value that only a full resolution has.
                }
            }
        }
    }

    void Report(string code, RuleFinding finding)
    {
        // Most runs find nothing, so nobody looks records up.
        _nodes ??= new Dictionary<object, MergedNode>(_all.Select(r => KeyValuePair.Create(r.Record, r.Node)), ReferenceEqualityComparer.Instance);
        if (!_nodes.TryGetValue(finding.Record, out var record)) throw new InvalidOperationException("a rule may only report records of the configuration");
        var labels = new List<Label>();
        var details = new List<string>();
        foreach (var path in finding.Paths)
        {
            var node = Walk(record, path, out var found);
            if (node.IsTemplate && !resolution.Known.ContainsKey(node)) return;
            if (found) labels.Add(new Label(node.Span, $"set by {node.Winner!.Layer.Name}"));
            else if (labels.Count == 0 && finding.Paths.Count == 1) labels.Add(new Label(Place(node), ""));
            else details.Add($"`{(record.Path.Length == 0 ? path : $"{record.Path}.{path}")}` has its default");
        }

        if (labels.Count == 0) labels.Add(new Label(Place(record), ""));
        var where = record.Path.Length == 0 ? "" : $"{record.Path}: ";
        diagnostics.Add(new Diagnostic(code, where + finding.Message) { Labels = labels, Details = details, Help = finding.Help });
    }

    static SourceSpan Place(MergedNode node)
    {
        while (node.Winner is null && node.Parent is not null) node = node.Parent;
        if (node.Parent is null) return node.Winner?.Value is YamlMap { Entries.Count: > 0 } map ? map.Entries[0].KeySpan : node.Span;
        return node.Winner!.KeySpan;
    }

    /// <summary>The node of a path, or the nearest one above it that the file has.</summary>
    static MergedNode Walk(MergedNode node, string path, out bool found)
    {
        found = true;
        if (path.Length == 0) return node;
        foreach (var step in ConfigPath.Parse(path) ?? [])
        {
            if (node.Find(step) is not { IsRemoved: false } child)
            {
                found = false;
                return node;
            }

            node = child;
        }

        return node;
    }
}
