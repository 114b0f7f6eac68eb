using Dex.Yaml;

namespace Dex.Config;

/// <summary>Collects everything that is wrong, each matter once.</summary>
sealed class DiagnosticBag(SourceSet sources)
{
    const int Cap = 20;
    const int Enough = 1_000;
    readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    readonly List<Diagnostic> _errors = [];
    readonly List<Diagnostic> _warnings = [];

    /// <summary>A bag that holds the same findings and goes its own way.</summary>
    public DiagnosticBag Copy()
    {
        var copy = new DiagnosticBag(sources);
        copy._seen.UnionWith(_seen);
        copy._errors.AddRange(_errors);
        copy._warnings.AddRange(_warnings);
        return copy;
    }

    public bool HasErrors => _errors.Count > 0;

    /// <summary>So much is wrong that looking for more helps nobody.</summary>
    public bool IsFull => _errors.Count >= Enough;

    /// <summary>Sorted by place.</summary>
    public IReadOnlyList<Diagnostic> Warnings => [.. Sorted(_warnings)];

    public void Add(Diagnostic diagnostic)
    {
        if (IsFull && diagnostic.Severity == Severity.Error) return;
        var place = diagnostic.Labels.Count > 0 ? diagnostic.Labels[0].Span : default;
        if (!_seen.Add($"{diagnostic.Code} {diagnostic.Title} {place}")) return;
        (diagnostic.Severity == Severity.Error ? _errors : _warnings).Add(sources.WithSource(diagnostic));
    }

    /// <exception cref="ConfigException">Something is wrong.</exception>
    public void ThrowIfErrors()
    {
        if (_errors.Count == 0) return;
        var sorted = Sorted(_errors).ToList();
        if (sorted.Count > Cap)
        {
            var hidden = sorted.Count - Cap;
            sorted = [.. sorted.Take(Cap), new Diagnostic("DEX1000", $"{(IsFull ? "at least " : "")}{hidden} more error{(hidden == 1 ? " is" : "s are")} not shown") { Help = "correct the ones above first" }];
        }

        throw new ConfigException([.. sorted]);
    }

    IEnumerable<Diagnostic> Sorted(List<Diagnostic> list) => list
        .OrderBy(d => d.Labels.Count == 0 ? int.MaxValue : sources.Rank(d.Labels[0].Span.File))
        .ThenBy(d => d.Labels.Count == 0 ? 0 : d.Labels[0].Span.Offset)
        .ThenBy(d => d.Code, StringComparer.Ordinal);
}

/// <summary>The texts that nodes point into, the main file first.</summary>
sealed class SourceSet
{
    readonly List<SourceText> _texts = [];

    public void Add(SourceText text) => _texts.Add(text);

    public SourceText? Find(string file) => _texts.Find(t => t.File == file);

    public int Rank(string file)
    {
        var index = _texts.FindIndex(t => t.File == file);
        return index < 0 ? int.MaxValue - 1 : index;
    }

    public Diagnostic WithSource(Diagnostic diagnostic)
    {
        foreach (var label in diagnostic.Labels)
        {
            if (label.SourceLine is null && Find(label.Span.File) is { } source) diagnostic = diagnostic.WithSource(source);
        }

        return diagnostic;
    }
}
