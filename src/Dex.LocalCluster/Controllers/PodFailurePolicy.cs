using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Controllers;

/// <summary>What <c>spec.podFailurePolicy</c> of a Job says about a failed pod.</summary>
static class PodFailurePolicy
{
    /// <summary>The action of the first rule that matches, <c>Count</c> when none does, with the words for the Job's condition.</summary>
    public static (string Action, string Message) Judge(JsonObject job, Pod pod)
    {
        var index = 0;
        foreach (var rule in job.Items("spec", "podFailurePolicy", "rules"))
        {
            var action = rule.Text("action") ?? "Count";
            var where = $"matching {action} rule at index {index++}";
            if (rule.Object("onExitCodes") is { } codes && Exits(pod).FirstOrDefault(exit => Matches(codes, exit.Container, exit.Code)) is { Container: not null } hit)
                return (action, $"Container {hit.Container} for pod {pod.Stored.Key.Namespace}/{pod.Name} failed with exit code {hit.Code} {where}");

            if (rule.Items("onPodConditions").FirstOrDefault(c => pod.Json.Condition(c.Text("type") ?? "")?.Text("status") == (c.Text("status") ?? "True")) is { } condition)
                return (action, $"Pod {pod.Stored.Key.Namespace}/{pod.Name} has condition {condition.Text("type")} {where}");
        }

        return ("Count", "");
    }

    static IEnumerable<(string Container, long Code)> Exits(Pod pod) =>
        from status in pod.Json.Items("status", "containerStatuses").Concat(pod.Json.Items("status", "initContainerStatuses"))
        let code = status.Number("state", "terminated", "exitCode")
        where code is > 0
        select (status.Text("name") ?? "", code.Value);

    static bool Matches(JsonObject rule, string container, long code)
    {
        if (rule.Text("containerName") is { } only && only != container)
            return false;

        var listed = rule["values"] is JsonArray values && values.Any(v => v is JsonValue number && number.TryGetValue(out long value) && value == code);
        return rule.Text("operator") == "NotIn" ? !listed : listed;
    }
}
