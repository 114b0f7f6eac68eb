namespace Dex.Terminal;

/// <summary>A step as a line on the screen.</summary>
sealed class StepLine(string title, TimeProvider time)
{
    const string Frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
    readonly long _started = time.GetTimestamp();
    StepState _state = StepState.Running;
    string? _detail;
    TimeSpan? _took;

    public string Title { get; } = title;

    public void Take(Step step)
    {
        _detail = step.Detail;
        if (step.State != StepState.Output) _state = step.State;
        _took = _state == StepState.Running ? null : _took ?? time.GetElapsedTime(_started);
    }

    /// <summary>Never wider than the terminal: a line that wraps breaks the moving display.</summary>
    /// <param name="frame">The picture of the moving mark; negative when nothing moves any more.</param>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="colour">Whether to colour.</param>
    public string Text(int frame, int width, bool colour)
    {
        var (mark, code) = _state switch
        {
            StepState.Done => ("✔", 32),
            StepState.Skipped => ("•", 90),
            StepState.Failed => ("✘", 31),
            _ => frame < 0 ? ("…", 33) : (Frames[frame % Frames.Length].ToString(), 36),
        };
        var took = Durations.Short(_took ?? time.GetElapsedTime(_started));
        const int around = 6;
        var room = width - Title.Length - took.Length - around;
        var detail = string.IsNullOrEmpty(_detail) || room < 2 ? "" : _detail.Length <= room ? _detail : _detail[..(room - 1)] + "…";
        return $"{Paint(mark, code)} {Title}{(detail.Length > 0 ? "  " + Paint(detail, 90) : "")} {Paint(took, 90)}";

        string Paint(string text, int color) => colour ? $"\e[{color}m{text}\e[0m" : text;
    }
}
