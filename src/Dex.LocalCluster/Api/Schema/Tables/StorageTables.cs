using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Volumes, claims and their classes.</summary>
static class StorageTables
{
    public static JsonArray Volume(JsonObject o, Clock clock)
    {
        var claim = o.Object("spec", "claimRef") is { } reference ? $"{reference.Text("namespace")}/{reference.Text("name")}" : "";
        return
        [
            o.Name(), o.Text("spec", "capacity", "storage") ?? "0", Modes(o.TextList("spec", "accessModes")), o.Text("spec", "persistentVolumeReclaimPolicy"), Phase(o), claim,
            o.Text("spec", "storageClassName") ?? "", o.Text("spec", "volumeAttributesClassName") ?? "<unset>", o.Text("status", "reason") ?? "", clock.Age(o),
            o.Text("spec", "volumeMode") ?? "<unset>",
        ];
    }

    public static JsonArray Claim(JsonObject o, Clock clock)
    {
        var bound = o.Text("spec", "volumeName") is { Length: > 0 };
        return
        [
            o.Name(), Phase(o), o.Text("spec", "volumeName") ?? "", bound ? o.Text("status", "capacity", "storage") ?? "0" : "",
            bound ? Modes(o.TextList("status", "accessModes")) : "", o.Text("spec", "storageClassName") ?? "", o.Text("spec", "volumeAttributesClassName") ?? "<unset>",
            clock.Age(o), o.Text("spec", "volumeMode") ?? "<unset>",
        ];
    }

    static string Phase(JsonObject o) => o.DeletionTimestamp() is not null ? "Terminating" : o.Text("status", "phase") ?? "";

    static string Modes(IReadOnlyList<string> modes) => string.Join(',', new[] { ("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP") }
        .Where(m => modes.Contains(m.Item1)).Select(m => m.Item2));

    public static JsonArray Class(JsonObject o, Clock clock)
    {
        var isDefault = o.Annotation("storageclass.kubernetes.io/is-default-class") == "true";
        return
        [
            o.Name() + (isDefault ? " (default)" : ""), o.Text("provisioner"), o.Text("reclaimPolicy") ?? "Delete", o.Text("volumeBindingMode") ?? "Immediate",
            o.Flag("allowVolumeExpansion") ?? false, clock.Age(o),
        ];
    }

    public static JsonArray Driver(JsonObject o, Clock clock)
    {
        var tokens = o.Items("spec", "tokenRequests").Select(t => t.Text("audience")).ToList();
        return
        [
            o.Name(), o.Flag("spec", "attachRequired") ?? true, o.Flag("spec", "podInfoOnMount") ?? false, o.Flag("spec", "storageCapacity") ?? false,
            tokens.Count == 0 ? "<unset>" : string.Join(',', tokens), o.Flag("spec", "requiresRepublish") ?? false,
            Cell.Or(string.Join(',', o.TextList("spec", "volumeLifecycleModes")), "<none>"), clock.Age(o),
        ];
    }
}
