using System.Text.Json.Nodes;
using Dex.Apply.Applying;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>Says what holds an object that should be gone.</summary>
static class Remains
{
    // Who takes these off, in the words of those who run clusters; any other finalizer is told with the manager that set it.
    static readonly Dictionary<string, string> Owners = new(StringComparer.Ordinal)
    {
        ["kubernetes.io/pvc-protection"] = "a pod that still uses it",
        ["kubernetes.io/pv-protection"] = "the claim that is bound to it",
        ["service.kubernetes.io/load-balancer-cleanup"] = "the cloud's load balancer controller",
        ["service.k8s.aws/resources"] = "the AWS Load Balancer Controller",
        ["ingress.k8s.aws/resources"] = "the AWS Load Balancer Controller",
        ["batch.kubernetes.io/job-tracking"] = "the Job controller",
        ["foregroundDeletion"] = "objects that it owns",
        ["finalizer.keda.sh"] = "KEDA",
    };

    public static RemainingObject Of(ObjectRef name, JsonObject live)
    {
        var finalizers = live.Finalizers();
        var reason = finalizers.Count > 0 ? $"held by {string.Join(", ", finalizers.Select(finalizer => Finalizer(live, finalizer)))}"
            : live.DeletionTimestamp() is not null ? Namespaced(live) ?? "still ending"
            : "not deleted";
        return new RemainingObject(name, reason) { Finalizers = finalizers, Uid = live.Uid(), IsOurs = Ours.Applied(live) };
    }

    static string Finalizer(JsonObject live, string finalizer)
    {
        var owner = Owners.GetValueOrDefault(finalizer) ?? (Manager(live, finalizer) is { } manager ? $"set by `{manager}`" : null);
        return owner is null ? $"`{finalizer}`" : $"`{finalizer}` ({owner})";
    }

    /// <summary>The last field manager that wrote a finalizer: the operator, as a rule.</summary>
    static string? Manager(JsonObject live, string finalizer) => live.Items("metadata", "managedFields")
        .LastOrDefault(entry => entry.Object("fieldsV1", "f:metadata", "f:finalizers")?.ContainsKey($"v:\"{finalizer}\"") == true)?.Text("manager");

    /// <summary>A namespace names what it waits for in its conditions.</summary>
    static string? Namespaced(JsonObject live)
    {
        var reasons = live.Items("status", "conditions").Where(condition => condition.Text("status") == "True").Select(condition => condition.Text("message")).OfType<string>().ToList();
        return reasons.Count > 0 ? string.Join("; ", reasons) : null;
    }
}
