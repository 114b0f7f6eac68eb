using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Controllers;

/// <summary>The defaults, minima and maxima that LimitRanges set for containers, pods and claims.</summary>
static class LimitRanges
{
    public static void Apply(IEnumerable<JsonObject> ranges, string resource, JsonObject body)
    {
        var items = ranges.SelectMany(r => r.Items("spec", "limits")).ToList();
        var containers = body.Items("spec", "initContainers").Concat(body.Items("spec", "containers")).ToList();
        var refusals = new List<string>();
        foreach (var item in items)
        {
            switch (item.Text("type"))
            {
                case "Container" when resource == "pods":
                    foreach (var container in containers)
                    {
                        FillIn(item, container);
                        Check(item, "Container", (kind, name) => container.At("resources", kind, name) is { } value ? PodResources.Amount(value) : null, refusals);
                    }

                    break;
                case "Pod" when resource == "pods":
                    Check(item, "Pod", (kind, name) => containers.Any(c => c.At("resources", kind, name) is not null) ? PodResources.Sum(body, kind, name) : null, refusals);
                    break;
                case "PersistentVolumeClaim" when resource == "persistentvolumeclaims":
                    Check(item, "PersistentVolumeClaim", (_, name) => PodResources.Amount(body.At("spec", "resources", "requests", name)), refusals);
                    break;
            }
        }

        if (refusals.Count > 0)
            throw QuotaAdmission.Forbidden(resource, body, refusals.Count == 1 ? refusals[0] : $"[{string.Join(", ", refusals)}]");
    }

    static void FillIn(JsonObject item, JsonObject container)
    {
        // What a container says itself comes first; a limit of its own is also its request, as everywhere.
        foreach (var (name, value) in container.Object("resources", "limits") ?? [])
            container.Child("resources").Child("requests")[name] ??= value?.DeepClone();
        foreach (var (name, value) in item.Object("default") ?? [])
            container.Child("resources").Child("limits")[name] ??= value?.DeepClone();
        foreach (var (name, value) in item.Object("defaultRequest") ?? item.Object("default") ?? [])
            container.Child("resources").Child("requests")[name] ??= value?.DeepClone();
    }

    static void Check(JsonObject item, string type, Func<string, string, decimal?> amount, List<string> refusals)
    {
        foreach (var (name, min) in item.Object("min") ?? [])
        {
            var request = amount("requests", name);
            if (request is null)
                refusals.Add($"minimum {name} usage per {type} is {min}.  No request is specified");
            else if (request < PodResources.Amount(min))
                refusals.Add($"minimum {name} usage per {type} is {min}, but request is {QuotaUsage.Format(request.Value, min!.ToString())}");
        }

        foreach (var (name, max) in item.Object("max") ?? [])
        {
            // A claim has no limit that counts, only what it asks for.
            var kind = type == "PersistentVolumeClaim" ? "request" : "limit";
            var limit = amount(kind + "s", name);
            if (limit is null)
                refusals.Add($"maximum {name} usage per {type} is {max}.  No limit is specified");
            else if (limit > PodResources.Amount(max))
                refusals.Add($"maximum {name} usage per {type} is {max}, but {kind} is {QuotaUsage.Format(limit.Value, max!.ToString())}");
        }
    }
}
