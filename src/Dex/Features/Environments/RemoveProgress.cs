using Dex.Apply;
using Dex.Terminal;

namespace Dex.Features.Environments;

/// <summary>Turns what a removal reports into a step that people see.</summary>
sealed class RemoveProgress(ITerminal terminal, string title) : IProgress<ApplyEvent>
{
    int _deleted;

    public void Report(ApplyEvent value)
    {
        var detail = value switch
        {
            WaitingForLock waiting => $"waiting for {waiting.Holder}",
            ObjectDeleted => $"{Interlocked.Increment(ref _deleted)} objects",
            ObjectWaiting waiting => $"{waiting.Object}: {waiting.Message}",
            _ => null,
        };
        if (detail is not null) terminal.Report(new Step(title, StepState.Running, detail));
    }
}
