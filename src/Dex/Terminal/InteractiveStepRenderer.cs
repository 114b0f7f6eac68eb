using System.Text;

namespace Dex.Terminal;

/// <summary>One line per step that moves while it runs and stays when it ended. The lines are drawn over themselves with ANSI sequences (ECMA-48).</summary>
sealed class InteractiveStepRenderer(TextWriter writer, TimeProvider time, bool colour) : IStepRenderer
{
    static readonly TimeSpan FrameTime = TimeSpan.FromMilliseconds(80);
    readonly Lock _lock = new();
    readonly List<StepLine> _lines = [];
    ITimer? _timer;
    int _drawn;
    int _frame;

    public void Report(Step step)
    {
        lock (_lock)
        {
            var line = _lines.Find(candidate => candidate.Title == step.Title);
            if (line is null)
            {
                if (step.State == StepState.Output) return;
                line = new StepLine(step.Title, time);
                _lines.Add(line);
            }

            line.Take(step);
            _timer ??= time.CreateTimer(_ => Tick(), state: null, TimeSpan.Zero, FrameTime);
        }
    }

    public void End()
    {
        lock (_lock)
        {
            if (_timer is null) return;
            _timer.Dispose();
            _timer = null;
            Draw(moving: false);
            _lines.Clear();
            _drawn = 0;
        }
    }

    void Tick()
    {
        lock (_lock)
        {
            if (_timer is null) return;
            _frame++;
            Draw(moving: true);
        }
    }

    void Draw(bool moving)
    {
        const string hideCursor = "\e[?25l", showCursor = "\e[?25h", clearLine = "\r\e[2K";
        var text = new StringBuilder(hideCursor);
        // A count of 0 would move up by one.
        if (_drawn > 0) text.Append($"\e[{_drawn}A");
        foreach (var line in _lines) text.Append(clearLine).Append(line.Text(moving ? _frame : -1, Width(), colour)).Append('\n');
        if (!moving) text.Append(showCursor);
        _drawn = _lines.Count;
        writer.Write(text.ToString());
    }

    static int Width()
    {
        const int usual = 80;
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : usual;
        }
        catch (IOException)
        {
            return usual;
        }
    }
}
