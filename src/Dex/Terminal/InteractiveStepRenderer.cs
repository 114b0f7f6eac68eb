using Spectre.Console;
using Spectre.Console.Rendering;

namespace Dex.Terminal;

/// <summary>One line per step that moves while it runs and stays when it ended.</summary>
internal sealed class InteractiveStepRenderer : IStepRenderer
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly IAnsiConsole _console;
    private readonly List<Line> _lines = [];
    private CancellationTokenSource? _stop;
    private Task _display = Task.CompletedTask;

    public InteractiveStepRenderer(TimeProvider time, bool colour)
    {
        _time = time;
        _console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(Console.Error),
            Ansi = AnsiSupport.Yes,
            ColorSystem = colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
    }

    public void Report(Step step)
    {
        lock (_lock)
        {
            var line = _lines.Find(candidate => candidate.Title == step.Title);
            if (line is null)
            {
                if (step.State == StepState.Output) return;
                line = new Line(step.Title, _time.GetTimestamp());
                _lines.Add(line);
            }

            line.Detail = step.Detail;
            if (step.State != StepState.Output) line.State = step.State;
            if (line.State != StepState.Running) line.Took ??= _time.GetElapsedTime(line.Started);
            if (_stop is null) Start();
        }
    }

    public void End()
    {
        Task display;
        lock (_lock)
        {
            if (_stop is null) return;
            _stop.Cancel();
            display = _display;
            _stop = null;
        }

        display.GetAwaiter().GetResult();
        lock (_lock) _lines.Clear();
    }

    private void Start()
    {
        var stop = _stop = new CancellationTokenSource();
        _display = Task.Run(() => _console.Live(Draw(0)).StartAsync(async context =>
        {
            for (var frame = 0; !stop.IsCancellationRequested; frame++)
            {
                context.UpdateTarget(Draw(frame));
                await Task.Delay(TimeSpan.FromMilliseconds(80), _time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            context.UpdateTarget(Draw(-1));
        }));
    }

    private IRenderable Draw(int frame)
    {
        lock (_lock)
        {
            return new Rows(_lines.Select(line => (IRenderable)new Markup(line.Text(frame, _time)) { Overflow = Overflow.Ellipsis }));
        }
    }

    private sealed class Line(string title, long started)
    {
        private const string Frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

        public string Title { get; } = title;

        public long Started { get; } = started;

        public StepState State { get; set; } = StepState.Running;

        public string? Detail { get; set; }

        public TimeSpan? Took { get; set; }

        public string Text(int frame, TimeProvider time)
        {
            var mark = State switch
            {
                StepState.Done => "[green]✔[/]",
                StepState.Skipped => "[grey]•[/]",
                StepState.Failed => "[red]✘[/]",
                _ => frame < 0 ? "[yellow]…[/]" : $"[blue]{Frames[frame % Frames.Length]}[/]",
            };
            var took = Durations.Short(Took ?? time.GetElapsedTime(Started));
            var detail = string.IsNullOrEmpty(Detail) ? "" : $"  [grey]{Markup.Escape(Detail)}[/]";
            return $"{mark} {Markup.Escape(Title)}{detail} [grey]{took}[/]";
        }
    }
}
