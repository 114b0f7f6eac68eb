using Dex.Apply;
using Dex.Terminal;

namespace Dex.Features.Environments;

/// <summary>Turns what the apply engine reports into steps that people see.</summary>
sealed class DeployProgress(ITerminal terminal, EnvironmentSpec spec) : IProgress<ApplyEvent>
{
    const string Deploy = "deploy";
    static readonly HashSet<string> Shown = ["Deployment", "StatefulSet", "DaemonSet", "Job"];
    int _applied;
    int _planned;

    public void Report(ApplyEvent value)
    {
        switch (value)
        {
            case WaitingForLock waiting:
                terminal.Report(new Step(Deploy, StepState.Running, $"waiting for {waiting.Holder}"));
                break;
            case Planned planned:
                _planned = planned.Created + planned.Changed + planned.Deleted;
                terminal.Report(_planned == 0 ? new Step(Deploy, StepState.Skipped, "nothing to change") : new Step(Deploy, StepState.Running, Summary(planned)));
                break;
            case ObjectApplied or ObjectDeleted:
                _applied++;
                break;
            case ObjectWaiting waiting when Shown.Contains(waiting.Object.Gvk.Kind):
                EndDeploy();
                terminal.Report(new Step(spec.PlainName(waiting.Object.Name), StepState.Running, waiting.Message));
                break;
            case ObjectReady ready when Shown.Contains(ready.Object.Gvk.Kind):
                EndDeploy();
                terminal.Report(new Step(spec.PlainName(ready.Object.Name), StepState.Done, "ready"));
                break;
            case RollingBack back:
                terminal.Report(new Step("roll back", StepState.Running, $"to revision {back.Revision}"));
                break;
            case ObjectFailed failed when Shown.Contains(failed.Object.Gvk.Kind):
                terminal.Report(new Step(failed.Object.Name, StepState.Failed, "not ready"));
                break;
            case ApplyWarning warning:
                terminal.Problem($"warning[{warning.Warning.Code}]: {warning.Warning.Title}", warning: true);
                break;
        }
    }

    void EndDeploy()
    {
        if (_planned == 0) return;
        terminal.Report(new Step(Deploy, StepState.Done, $"{_applied} objects"));
        _planned = 0;
    }

    static string Summary(Planned planned) => string.Join(", ", new[]
    {
        (planned.Created, "new"), (planned.Changed, "changed"), (planned.Deleted, "to delete"), (planned.Unchanged, "unchanged"),
    }.Where(part => part.Item1 > 0).Select(part => $"{part.Item1} {part.Item2}"));
}
