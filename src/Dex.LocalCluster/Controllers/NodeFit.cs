using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Controllers;

/// <summary>
/// Whether a node takes a pod: cordon, taints, node selector and affinity. Requests count only against the whole node and not
/// against what other pods asked for: on a laptop an over-committed environment is wanted, one that can never run is not.
/// </summary>
static class NodeFit
{
    /// <summary>Why the node does not take the pod, in the scheduler's words; null when it does.</summary>
    public static string? Refusal(JsonObject node, JsonObject pod)
    {
        var tolerations = pod.Items("spec", "tolerations").ToList();
        if (node.Flag("spec", "unschedulable") == true && !tolerations.Any(t => Tolerates(t, "node.kubernetes.io/unschedulable", "", "NoSchedule")))
            return "node(s) were unschedulable";

        var taint = node.Items("spec", "taints").FirstOrDefault(t => t.Text("effect") is "NoSchedule" or "NoExecute"
            && !tolerations.Any(toleration => Tolerates(toleration, t.Text("key") ?? "", t.Text("value") ?? "", t.Text("effect")!)));
        if (taint is not null)
            return $"node(s) had untolerated taint {{{taint.Text("key")}: {taint.Text("value")}}}";

        return Selects(pod, node) ? Shortage(node, pod) : "node(s) didn't match Pod's node affinity/selector";
    }

    /// <summary>Whether the pod's node selector and required node affinity choose the node.</summary>
    public static bool Selects(JsonObject pod, JsonObject node)
    {
        var labels = node.Labels();
        if (!LabelSelector.For(pod.TextMap("spec", "nodeSelector")).Matches(labels))
            return false;

        var required = pod.Object("spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution");
        return required is null || required.Items("nodeSelectorTerms").Any(term =>
            term.Items("matchExpressions").All(e => Matches(e, labels.GetValueOrDefault(e.Text("key") ?? "")))
            && term.Items("matchFields").All(e => Matches(e, e.Text("key") == "metadata.name" ? node.Name() : null)));
    }

    static bool Tolerates(JsonObject toleration, string key, string value, string effect) =>
        (toleration.Text("effect") is null or "" || toleration.Text("effect") == effect)
        && (toleration.Text("operator") == "Exists"
            ? toleration.Text("key") is null or "" || toleration.Text("key") == key
            : toleration.Text("key") == key && (toleration.Text("value") ?? "") == value);

    static bool Matches(JsonObject expression, string? actual)
    {
        var values = expression.TextList("values");
        return expression.Text("operator") switch
        {
            "In" => actual is not null && values.Contains(actual),
            "NotIn" => actual is null || !values.Contains(actual),
            "Exists" => actual is not null,
            "DoesNotExist" => actual is null,
            "Gt" => Compare(actual, values) > 0,
            "Lt" => Compare(actual, values) < 0,
            _ => false,
        };
    }

    static int Compare(string? actual, IReadOnlyList<string> values) =>
        values.Count == 1 && long.TryParse(actual, CultureInfo.InvariantCulture, out var a) && long.TryParse(values[0], CultureInfo.InvariantCulture, out var b) ? a.CompareTo(b) : 0;

    static string? Shortage(JsonObject node, JsonObject pod)
    {
        foreach (var resource in (string[])["cpu", "memory"])
        {
            var wanted = pod.Items("spec", "containers").Sum(c => Amount(c.Text("resources", "requests", resource)));
            if (Quantity.TryParse(node.Text("status", "allocatable", resource), out var there) && wanted > there.Value)
                return $"Insufficient {resource}";
        }

        return null;
    }

    static decimal Amount(string? quantity) => Quantity.TryParse(quantity, out var amount) ? amount.Value : 0;
}
