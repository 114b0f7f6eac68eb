using System.Text;
using Dex.Terminal;

namespace Dex.App;

/// <summary>Hands what the command line library writes (help, completions) to the terminal, line by line.</summary>
sealed class TerminalWriter(ITerminal terminal) : TextWriter
{
    readonly StringBuilder _line = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        if (value == '\r') return;
        if (value != '\n')
        {
            _line.Append(value);
            return;
        }

        terminal.WriteLine(_line.ToString());
        _line.Clear();
    }

    protected override void Dispose(bool disposing)
    {
        if (_line.Length > 0) terminal.WriteLine(_line.ToString());
        _line.Clear();
        base.Dispose(disposing);
    }
}
