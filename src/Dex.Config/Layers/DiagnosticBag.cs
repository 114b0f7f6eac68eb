using Dex.Yaml;

namespace Dex.Config;

/// <summary>Collects everything that is wrong, each matter once.</summary>
internal sealed class DiagnosticBag(SourceSet sources)
{
    private const int Cap = 20;
    private const int Enough = 1_000;
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);
    private readonly List<Diagnostic> errors = [];
    private readonly List<Diagnostic> warnings = [];

    /// <summary>A bag that holds the same findings and goes its own way.</summary>
    public DiagnosticBag Copy()
    {
        var copy = new DiagnosticBag(sources);
        copy.seen.UnionWith(seen);
        copy.errors.AddRange(errors);
        copy.warnings.AddRange(warnings);
        return copy;
    }

    public bool HasErrors => errors.Count > 0;

    /// <summary>So much is wrong that looking for more helps nobody.</summary>
    public bool IsFull => errors.Count >= Enough;

    /// <summary>Sorted by place.</summary>
    public IReadOnlyList<Diagnostic> Warnings => [.. Sorted(warnings)];

    public void Add(Diagnostic diagnostic)
    {
        if (IsFull && diagnostic.Severity == Severity.Error) return;
        var place = diagnostic.Labels.Count > 0 ? diagnostic.Labels[0].Span : default;
        if (!seen.Add($"{diagnostic.Code} {diagnostic.Title} {place}")) return;
        (diagnostic.Severity == Severity.Error ? errors : warnings).Add(sources.WithSource(diagnostic));
    }

    /// <exception cref="ConfigException">Something is wrong.</exception>
    public void ThrowIfErrors()
    {
        if (errors.Count == 0) return;
        var sorted = Sorted(errors).ToList();
        if (sorted.Count > Cap)
        {
            var hidden = sorted.Count - Cap;
            sorted = [.. sorted.Take(Cap), new Diagnostic("DEX1000", $"{(IsFull ? "at least " : "")}{hidden} more error{(hidden == 1 ? " is" : "s are")} not shown") { Help = "correct the ones above first" }];
        }

        throw new ConfigException([.. sorted]);
    }

    private IEnumerable<Diagnostic> Sorted(List<Diagnostic> list) => list
        .OrderBy(d => d.Labels.Count == 0 ? int.MaxValue : sources.Rank(d.Labels[0].Span.File))
        .ThenBy(d => d.Labels.Count == 0 ? 0 : d.Labels[0].Span.Offset)
        .ThenBy(d => d.Code, StringComparer.Ordinal);
}

/// <summary>The texts that nodes point into, the main file first.</summary>
internal sealed class SourceSet
{
    private readonly List<SourceText> texts = [];

    public void Add(SourceText text) => texts.Add(text);

    public SourceText? Find(string file) => texts.Find(t => t.File == file);

    public int Rank(string file)
    {
        var index = texts.FindIndex(t => t.File == file);
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
