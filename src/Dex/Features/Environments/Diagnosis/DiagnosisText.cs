using Dex.Apply.Readiness;
using Dex.Terminal;
using Dex.Yaml;

namespace Dex.Features.Environments.Diagnosis;

/// <summary>A diagnosis for people: first what is wrong and what to do, then what is known of each object that is not ready.</summary>
static class DiagnosisText
{
    public static IEnumerable<string> Lines(DiagnosisResult result)
    {
        yield return $"{result.Environment} on {result.Cluster}, namespace {result.Namespace}";
        yield return "";
        var table = new Table("OBJECT", "STATE", "PODS", "RESTARTS");
        foreach (var each in result.Objects)
        {
            var state = each.State == ReadyState.Ready ? "ready" : each.State == ReadyState.Failed ? $"failed: {each.Message}" : $"not ready: {each.Message}";
            table.Row(each.Object.ToString(), state, each.Pods.Count == 0 ? null : $"{each.Pods.Count(pod => pod.Ready)}/{each.Pods.Count} ready", Restarts(each));
        }

        if (!table.IsEmpty) foreach (var line in table.Lines()) yield return line;
        foreach (var finding in result.Findings)
        {
            yield return "";
            foreach (var line in DiagnosticRenderer.Render(finding.ToDiagnostic()).TrimEnd('\n').Split('\n')) yield return line;
        }

        foreach (var each in result.Objects.Where(each => each.State != ReadyState.Ready))
        {
            foreach (var line in About(each)) yield return line;
        }

        yield return "";
        yield return result.Findings.Count switch
        {
            0 => "everything is ready",
            1 => "1 finding",
            var count => $"{count} findings",
        };
    }

    static string? Restarts(ExaminedObject each) =>
        each.Pods.Sum(pod => pod.Containers.Sum(container => container.Restarts)) is var count and > 0 ? $"{count}" : null;

    static IEnumerable<string> About(ExaminedObject each)
    {
        yield return "";
        yield return $"{each.Object}: {each.Message}";
        foreach (var condition in Unusual(each.Conditions)) yield return $"  {condition}";
        foreach (var pod in each.Pods.Where(pod => !pod.Ready))
        {
            yield return $"  Pod/{pod.Name}: {pod.Phase}";
            foreach (var condition in Unusual(pod.Conditions)) yield return $"    {condition}";
            foreach (var container in pod.Containers) yield return $"    {Container(container)}";
        }

        if (each.Events.Count > 0) yield return "  events, the latest last";
        foreach (var note in each.Events.TakeLast(15))
        {
            var times = note.Count > 1 ? $" ({note.Count} times)" : "";
            yield return $"    {note.Last?.UtcDateTime.ToString("HH:mm:ss'Z'"),-9} {note.Object} {note.Reason}{times}: {note.Message.ReplaceLineEndings(" ")}";
        }
    }

    /// <summary>What should hold and does not, in the object's own words.</summary>
    static IEnumerable<string> Unusual(IEnumerable<ExaminedCondition> conditions) => conditions
        .Where(condition => condition.Status != "True" || condition.Type is "ReplicaFailure" or "Failed")
        .Select(condition => $"{condition.Type} is {condition.Status}: {string.Join(", ", new[] { condition.Reason, condition.Message }.Where(word => !string.IsNullOrEmpty(word)))}");

    static string Container(ExaminedContainer container)
    {
        var kind = container.Init ? "init container" : "container";
        var restarts = container.Restarts switch { 0 => "", 1 => ", restarted once", var count => $", restarted {count} times" };
        var last = container.Last is { } before ? $"; the run before {State(before)}" : "";
        return $"{kind} {container.Name}: {State(container.State)}{restarts}{last}";
    }

    static string State(ExaminedState state) => state.Is switch
    {
        "running" => "running",
        "terminated" => $"ended with exit code {state.ExitCode}{(state.Reason is null or "Error" or "Completed" ? "" : $" ({state.Reason})")}{(string.IsNullOrEmpty(state.Message) ? "" : $": {state.Message.ReplaceLineEndings(" ")}")}",
        _ => $"waiting{(state.Reason is null ? "" : $" ({state.Reason})")}",
    };
}
