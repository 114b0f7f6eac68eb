using Dex.Yaml;

namespace Dex.Terminal;

/// <summary>All that a command can say. Standard output is data; everything else goes to standard error.</summary>
public interface ITerminal
{
    /// <summary>Whether a person can answer a question here: standard input and error are terminals.</summary>
    bool CanAsk { get; }

    /// <summary>A line of the result.</summary>
    void WriteLine(string text = "");

    /// <summary>A table of the result.</summary>
    void Write(Table table);

    /// <summary>Standard input, for a program that runs elsewhere.</summary>
    Stream Input { get; }

    /// <summary>Standard output as it is, for a program's own output.</summary>
    Stream Output { get; }

    /// <summary>Standard error as it is, for a program's own output.</summary>
    Stream ErrorOutput { get; }

    /// <summary>A remark that is no part of the result.</summary>
    void Note(string text);

    /// <summary>A line about a failure or a warning; the first words up to a colon are marked by colour where there is colour.</summary>
    void Problem(string text, bool warning = false);

    /// <summary>A failure or warning with its frame: title, places, help.</summary>
    void Problem(Diagnostic diagnostic);

    /// <summary>Shows that a step of something long has started, ended or said something.</summary>
    void Report(Step step);

    /// <summary>Takes the moving part of the display away, leaving what was done.</summary>
    void EndProgress();

    /// <summary>Asks for a yes or no; false when nobody can answer.</summary>
    bool Confirm(string question);
}
