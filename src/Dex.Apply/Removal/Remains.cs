using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>Says what holds an object that should be gone.</summary>
static class Remains
{
    public static RemainingObject Of(ObjectRef name, JsonObject live)
    {
        var finalizers = live.Finalizers();
        var reason = finalizers.Count > 0 ? $"held by {string.Join(", ", finalizers.Select(finalizer => $"`{finalizer}`"))}"
            : live.DeletionTimestamp() is not null ? Namespaced(live) ?? "still ending"
            : "not deleted";
        return new RemainingObject(name, reason) { Finalizers = finalizers };
    }

    /// <summary>A namespace names what it waits for in its conditions.</summary>
    static string? Namespaced(JsonObject live)
    {
        var reasons = live.Items("status", "conditions").Where(condition => condition.Text("status") == "True").Select(condition => condition.Text("message")).OfType<string>().ToList();
        return reasons.Count > 0 ? string.Join("; ", reasons) : null;
    }
}
