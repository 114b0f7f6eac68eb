namespace Dex.Terminal;

/// <summary>One timestamped line per change, for logs and pipes. A step that is silent says after 2 s, then every 10 s, that it goes on.</summary>
sealed class PlainStepRenderer(TextWriter writer, TimeProvider time) : IStepRenderer
{
    static readonly TimeSpan FirstWord = TimeSpan.FromSeconds(2);
    static readonly TimeSpan NextWords = TimeSpan.FromSeconds(10);
    readonly Lock _lock = new();
    readonly Dictionary<string, (long Started, ITimer Reminder, string? Detail)> _running = [];

    public void Report(Step step)
    {
        lock (_lock)
        {
            switch (step.State)
            {
                case StepState.Output:
                    writer.WriteLine($"{Now()} {step.Title} | {step.Detail}");
                    break;
                case StepState.Running:
                    Running(step);
                    break;
                default:
                    Ended(step);
                    break;
            }
        }
    }

    public void End()
    {
        lock (_lock)
        {
            foreach (var (_, reminder, _) in _running.Values) reminder.Dispose();
            _running.Clear();
        }
    }

    void Running(Step step)
    {
        if (_running.TryGetValue(step.Title, out var state))
        {
            if (state.Detail == step.Detail) return;
            _running[step.Title] = state with { Detail = step.Detail };
            writer.WriteLine($"{Now()} {step.Title}: {step.Detail}");
            return;
        }

        var reminder = time.CreateTimer(_ => Remind(step.Title), null, FirstWord, NextWords);
        _running[step.Title] = (time.GetTimestamp(), reminder, step.Detail);
        writer.WriteLine($"{Now()} {step.Title}{(step.Detail is null ? "" : $": {step.Detail}")} …");
    }

    void Ended(Step step)
    {
        var took = "";
        if (_running.Remove(step.Title, out var state))
        {
            state.Reminder.Dispose();
            took = $" ({Durations.Short(time.GetElapsedTime(state.Started))})";
        }

        var word = step.State switch { StepState.Done => "done", StepState.Skipped => "unchanged", _ => "failed" };
        writer.WriteLine($"{Now()} {step.Title}: {step.Detail ?? word}{took}");
    }

    void Remind(string title)
    {
        lock (_lock)
        {
            if (!_running.TryGetValue(title, out var state)) return;
            var detail = state.Detail is null ? "" : $"{state.Detail}, ";
            writer.WriteLine($"{Now()} {title}: {detail}still going after {Durations.Short(time.GetElapsedTime(state.Started))}");
        }
    }

    string Now() => time.GetUtcNow().ToString("HH:mm:ss.fff'Z'");
}
