namespace Dex.Yaml;

/// <summary>How serious a diagnostic is.</summary>
public enum Severity
{
    /// <summary>Nothing was done.</summary>
    Error,

    /// <summary>The work goes on.</summary>
    Warning,
}

/// <summary>One place that a diagnostic points at, with the words that stand under the marker.</summary>
public sealed record Label(SourceSpan Span, string Text = "")
{
    /// <summary>The whole line of the place, shown above the marker; null when the text is not at hand.</summary>
    public string? SourceLine { get; init; }
}

/// <summary>What every layer of dex says to a user: what is wrong, where, and what to do.</summary>
/// <param name="Code">The stable code, <c>DEXnnnn</c>; each has a page in <c>dex explain</c>.</param>
/// <param name="Title">One sentence without a full stop, lower-case start, values in backticks.</param>
public sealed record Diagnostic(string Code, string Title)
{
    /// <summary>Error unless said otherwise.</summary>
    public Severity Severity { get; init; } = Severity.Error;

    /// <summary>The places, the most important first; empty when the matter is in no file.</summary>
    public IReadOnlyList<Label> Labels { get; init; } = [];

    /// <summary>The next step for the user, or null.</summary>
    public string? Help { get; init; }

    /// <summary>Further lines that belong to the message, such as a compiler's own output.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];
}
