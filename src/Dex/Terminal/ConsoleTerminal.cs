using System.Text;
using Dex.Yaml;

namespace Dex.Terminal;

/// <summary>The terminal of this process.</summary>
public sealed class ConsoleTerminal : ITerminal, IDisposable
{
    readonly StreamWriter _out;
    readonly StreamWriter _error;
    readonly bool _colour;
    readonly Lazy<IStepRenderer> _steps;

    /// <summary>Opens the standard streams.</summary>
    /// <param name="environment">The process environment, for <c>NO_COLOR</c>, <c>TERM</c> and <c>CI</c>.</param>
    /// <param name="time">The clock of the timestamps.</param>
    public ConsoleTerminal(IReadOnlyDictionary<string, string> environment, TimeProvider time)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        _out = new StreamWriter(Console.OpenStandardOutput(), utf8) { AutoFlush = true };
        _error = new StreamWriter(Console.OpenStandardError(), utf8) { AutoFlush = true };
        var dumb = environment.GetValueOrDefault("TERM") is "dumb";
        var interactive = !Console.IsErrorRedirected && !dumb && !environment.ContainsKey("CI");
        _colour = interactive && string.IsNullOrEmpty(environment.GetValueOrDefault("NO_COLOR"));
        CanAsk = interactive && !Console.IsInputRedirected;
        _steps = new(() => interactive ? new InteractiveStepRenderer(_error, time, _colour) : new PlainStepRenderer(_error, time));
    }

    /// <inheritdoc/>
    public bool CanAsk { get; }

    /// <inheritdoc/>
    public void WriteLine(string text = "") => _out.WriteLine(text);

    /// <inheritdoc/>
    public void Write(Table table)
    {
        foreach (var line in table.Lines()) _out.WriteLine(line);
    }

    /// <inheritdoc/>
    public Stream Input => Console.OpenStandardInput();

    /// <inheritdoc/>
    public Stream Output => _out.BaseStream;

    /// <inheritdoc/>
    public Stream ErrorOutput => _error.BaseStream;

    /// <inheritdoc/>
    public void Note(string text)
    {
        EndProgress();
        _error.WriteLine(text);
    }

    /// <inheritdoc/>
    public void Problem(string text, bool warning = false)
    {
        EndProgress();
        _error.WriteLine(_colour ? Coloured(text, warning) : text);
    }

    /// <inheritdoc/>
    public void Problem(Diagnostic diagnostic)
    {
        EndProgress();
        foreach (var line in DiagnosticPainter.Lines(diagnostic, _colour)) _error.WriteLine(line);
    }

    /// <inheritdoc/>
    public void Report(Step step) => _steps.Value.Report(step);

    /// <inheritdoc/>
    public void EndProgress()
    {
        if (_steps.IsValueCreated) _steps.Value.End();
    }

    /// <inheritdoc/>
    public bool Confirm(string question)
    {
        if (!CanAsk) return false;
        EndProgress();
        _error.Write($"{question} [y/N] ");
        return Console.In.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndProgress();
        _out.Dispose();
        _error.Dispose();
    }

    static string Coloured(string text, bool warning)
    {
        var end = text.IndexOf(':', StringComparison.Ordinal);
        if (end < 0) return text;
        return $"\e[1;{(warning ? 33 : 31)}m{text[..end]}\e[0m{text[end..]}";
    }
}
