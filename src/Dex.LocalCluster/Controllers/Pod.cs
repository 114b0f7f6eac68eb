using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>A pod as the controllers look at it.</summary>
sealed class Pod(StoredObject stored)
{
    public StoredObject Stored { get; } = stored;

    public JsonObject Json { get; } = stored.ToJson();

    public string Name => Stored.Key.Name;

    public string Phase => Json.Text("status", "phase") ?? "Pending";

    public string? NodeName => Json.Text("spec", "nodeName");

    public bool Deleting => Stored.DeletionTimestamp is not null;

    public bool Finished => Phase is "Succeeded" or "Failed";

    /// <summary>Neither finished nor on its way out.</summary>
    public bool Active => !Finished && !Deleting;

    public bool Ready => Json.HasCondition("Ready");

    public DateTimeOffset? ReadySince => Ready ? Json.Condition("Ready")!.Time("lastTransitionTime") : null;

    /// <summary>Ready for at least a time, as <c>minReadySeconds</c> asks.</summary>
    public bool Available(long minReadySeconds, DateTimeOffset now) =>
        Ready && (minReadySeconds == 0 || (ReadySince is { } since && since + TimeSpan.FromSeconds(minReadySeconds) <= now));

    /// <summary>The time until the next of some ready pods becomes available, or null.</summary>
    public static TimeSpan? UntilAvailable(IEnumerable<Pod> pods, long minReadySeconds, DateTimeOffset now) => pods
        .Where(p => p.Active && p.Ready && !p.Available(minReadySeconds, now))
        .Min(p => p.ReadySince + TimeSpan.FromSeconds(minReadySeconds) - now);

    /// <summary>
    /// The order in which a ReplicaSet gives pods up, the first to go first: without a node, pending, not ready, cheap to delete, ready for less time, restarted more, younger.
    /// </summary>
    public static IEnumerable<Pod> ByExpendability(IEnumerable<Pod> pods) => pods
        .OrderBy(p => p.NodeName is not null)
        .ThenBy(p => p.Phase switch { "Pending" => 0, "Unknown" => 1, _ => 2 })
        .ThenBy(p => p.Ready)
        .ThenBy(p => int.TryParse(p.Json.Annotation("controller.kubernetes.io/pod-deletion-cost"), out var cost) ? cost : 0)
        .ThenByDescending(p => p.ReadySince ?? DateTimeOffset.MaxValue)
        .ThenByDescending(p => p.Json.Items("status", "containerStatuses").Sum(c => c.Number("restartCount") ?? 0))
        .ThenByDescending(p => p.Json.CreationTimestamp() ?? DateTimeOffset.MaxValue)
        .ThenByDescending(p => p.Stored.Revision);

    /// <summary>A pod made from a template, managed by an owner.</summary>
    public static JsonObject FromTemplate(JsonObject template, StoredObject owner, string? name = null)
    {
        var metadata = new JsonObject();
        if (name is null)
            metadata["generateName"] = owner.Key.Name + "-";
        else
            metadata["name"] = name;

        foreach (var field in (string[])["labels", "annotations", "finalizers"])
        {
            if (template.At("metadata", field) is { } value)
                metadata[field] = value.DeepClone();
        }

        metadata["ownerReferences"] = new JsonArray(Claims.Reference(owner));
        return new()
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = metadata,
            ["spec"] = template["spec"]?.DeepClone() ?? new JsonObject(),
        };
    }
}
