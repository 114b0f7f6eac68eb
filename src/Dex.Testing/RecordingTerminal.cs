using System.Text;
using Dex.Terminal;
using Dex.Yaml;

namespace Dex.Testing;

/// <summary>A terminal that remembers everything that was said to it.</summary>
public sealed class RecordingTerminal : ITerminal
{
    readonly Lock _lock = new();
    readonly StringBuilder _output = new();
    readonly StringBuilder _error = new();
    readonly List<Step> _steps = [];
    readonly MemoryStream _rawOutput = new();
    readonly MemoryStream _rawError = new();

    /// <summary>What <see cref="Confirm"/> answers; null means that nobody can answer.</summary>
    public bool? Answer { get; set; }

    /// <inheritdoc/>
    public bool CanAsk => Answer is not null;

    /// <summary>Everything on standard output.</summary>
    public string OutputText
    {
        get { lock (_lock) return _output + Encoding.UTF8.GetString(_rawOutput.ToArray()); }
    }

    /// <summary>Everything on standard error, without the steps.</summary>
    public string ErrorText
    {
        get { lock (_lock) return _error + Encoding.UTF8.GetString(_rawError.ToArray()); }
    }

    /// <summary>All reported steps, in order.</summary>
    public IReadOnlyList<Step> Steps
    {
        get { lock (_lock) return [.. _steps]; }
    }

    /// <inheritdoc/>
    public void WriteLine(string text = "") => Append(_output, text);

    /// <inheritdoc/>
    public void Write(Table table)
    {
        foreach (var line in table.Lines()) WriteLine(line);
    }

    /// <inheritdoc/>
    public Stream Input { get; set; } = Stream.Null;

    /// <inheritdoc/>
    public Stream Output => _rawOutput;

    /// <inheritdoc/>
    public Stream ErrorOutput => _rawError;

    /// <inheritdoc/>
    public void Note(string text) => Append(_error, text);

    /// <inheritdoc/>
    public void Problem(string text, bool warning = false) => Append(_error, text);

    /// <inheritdoc/>
    public void Problem(Diagnostic diagnostic) => Append(_error, DiagnosticRenderer.Render(diagnostic).TrimEnd('\n'));

    /// <inheritdoc/>
    public void Report(Step step)
    {
        lock (_lock) _steps.Add(step);
    }

    /// <inheritdoc/>
    public void EndProgress() { }

    /// <inheritdoc/>
    public bool Confirm(string question)
    {
        Note(question);
        return Answer ?? false;
    }

    void Append(StringBuilder target, string text)
    {
        lock (_lock) target.Append(text).Append('\n');
    }
}
