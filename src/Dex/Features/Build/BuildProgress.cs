using Dex.Terminal;

namespace Dex.Features.Build;

/// <summary>Shows builds as steps, one for each service or job.</summary>
public sealed class BuildProgress(ITerminal terminal) : IProgress<BuildEvent>
{
    /// <inheritdoc/>
    public void Report(BuildEvent value)
    {
        var title = $"build {value.Workload}";
        terminal.Report(value switch
        {
            BuildStarted started => new Step(title, StepState.Running, started.Reason),
            BuildOutput output => new Step(title, StepState.Output, output.Line),
            BuildFinished { Image.Cached: true } finished => new Step(title, StepState.Skipped, finished.Image.Reason),
            BuildFinished finished => new Step(title, StepState.Done, finished.Image.Reason),
            _ => throw new NotSupportedException(value.GetType().Name),
        });
    }
}
