using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>The identities of a StatefulSet's pods: their ordinals, names, revisions and claims.</summary>
static class StatefulPods
{
    public static string NameOf(StoredObject set, int ordinal) => $"{set.Key.Name}-{ordinal.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The number at the end of the pod's name; -1 when there is none.</summary>
    public static int OrdinalOf(Pod pod) =>
        int.TryParse(pod.Name[(pod.Name.LastIndexOf('-') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : -1;

    public static string RevisionOf(Pod pod) => pod.Stored.Labels.GetValueOrDefault(ControllerRevisions.PodLabel) ?? "";

    /// <summary>The pod of an ordinal, made from the template of a revision.</summary>
    public static JsonObject Build(StoredObject set, JsonObject json, JsonObject template, string revision, int ordinal)
    {
        var name = NameOf(set, ordinal);
        var pod = Pod.FromTemplate(template, set, name);
        pod.SetLabel("statefulset.kubernetes.io/pod-name", name);
        pod.SetLabel("apps.kubernetes.io/pod-index", ordinal.ToString(CultureInfo.InvariantCulture));
        pod.SetLabel(ControllerRevisions.PodLabel, revision);
        var spec = pod.Child("spec");
        spec["hostname"] = name;
        spec["subdomain"] = json.Text("spec", "serviceName") ?? "";
        var claims = json.Items("spec", "volumeClaimTemplates").Select(t => t.Name()).ToList();
        var volumes = new JsonArray();
        foreach (var volume in pod.Items("spec", "volumes").Where(v => !claims.Contains(v.Text("name") ?? "")))
            volumes.Add(volume.DeepClone());
        foreach (var claim in claims)
            volumes.Add((JsonNode)new JsonObject { ["name"] = claim, ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = $"{claim}-{name}" } });
        if (volumes.Count > 0)
            spec["volumes"] = volumes;
        return pod;
    }

    /// <summary>The claims of an ordinal's pod, by name.</summary>
    public static IEnumerable<(string Name, JsonObject Claim)> Claims(StoredObject set, JsonObject json, int ordinal)
    {
        foreach (var template in json.Items("spec", "volumeClaimTemplates"))
        {
            var claim = template.Copy();
            var name = $"{template.Name()}-{NameOf(set, ordinal)}";
            claim.Remove("status");
            claim.Metadata()["name"] = name;
            claim.Metadata().Remove("creationTimestamp");
            foreach (var (key, value) in json.TextMap("spec", "selector", "matchLabels"))
                claim.SetLabel(key, value);
            if (json.Text("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted") == "Delete")
                claim.Metadata()["ownerReferences"] = new JsonArray(Controllers.Claims.Reference(set));
            yield return (name, claim);
        }
    }
}
