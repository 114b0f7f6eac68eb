using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>
/// What the API server's strategies and its always-on admission plugins add after defaulting. No client owns these fields, so
/// they are added after managedFields are recorded. Names, uid and namespace are set by then.
/// </summary>
public static class Preparation
{
    internal const string DaemonGeneration = "deprecated.daemonset.template.generation";

    static readonly string[] ComputeResources = ["cpu", "memory"];

    /// <summary>Completes an object that is being created, in place.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="value">The object, defaulted.</param>
    /// <param name="suffix">Makes a name unique: five characters, as for generateName.</param>
    public static void Create(ResourceType type, JsonObject value, Func<string> suffix)
    {
        var spec = value["spec"] as JsonObject ?? [];
        switch (type.Storage)
        {
            case "pods": Pod(value, spec, suffix); break;
            case "namespaces":
                value["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") };
                value["status"] = new JsonObject { ["phase"] = "Active" };
                break;
            case "persistentvolumeclaims":
                AddFinalizer(value, "kubernetes.io/pvc-protection");
                value["status"] = new JsonObject { ["phase"] = "Pending" };
                break;
            case "persistentvolumes":
                AddFinalizer(value, "kubernetes.io/pv-protection");
                value["status"] = new JsonObject { ["phase"] = "Pending" };
                break;
            case "services": IpFamilies(spec); break;
            case "jobs.batch": JobSelector(value, spec); break;
            case "daemonsets.apps": value.SetAnnotation(DaemonGeneration, "1"); break;
            case "customresourcedefinitions.apiextensions.k8s.io":
                var stored = spec.Items("versions").FirstOrDefault(v => v.Flag("storage") == true)?.Text("name");
                value["status"] = new JsonObject
                {
                    ["conditions"] = null,
                    ["acceptedNames"] = new JsonObject { ["plural"] = "", ["kind"] = "" },
                    ["storedVersions"] = new JsonArray(stored),
                };
                break;
        }

        // A status nobody has written yet is written as Go writes it empty.
        if (type.Definition is null && value["status"] is null && type.Schema.Field("status") is { IsPointer: false, Type.Kind: SchemaKind.Struct } status)
            value["status"] = Conversion.Convert(status.Type, []);
    }

    /// <summary>Completes an object that is being replaced, in place.</summary>
    public static void Update(ResourceType type, JsonObject next, JsonObject live)
    {
        switch (type.Storage)
        {
            case "daemonsets.apps":
                var generation = long.TryParse(live.Annotation(DaemonGeneration), out var number) ? number : 0;
                var changed = !JsonNode.DeepEquals(next.At("spec", "template"), live.At("spec", "template"))
                    || !JsonNode.DeepEquals(next.At("spec", "updateStrategy"), live.At("spec", "updateStrategy"));
                next.SetAnnotation(DaemonGeneration, $"{generation + (changed ? 1 : 0)}");
                break;
            case "customresourcedefinitions.apiextensions.k8s.io":
                var stored = next.Items("spec", "versions").FirstOrDefault(v => v.Flag("storage") == true)?.Text("name");
                if (next.Object("status")?["storedVersions"] is JsonArray versions && stored is not null && !versions.Any(v => Scalars.Text(v) == stored))
                    versions.Add(stored);
                break;
        }
    }

    static void AddFinalizer(JsonObject value, string finalizer)
    {
        if (!value.Finalizers().Contains(finalizer))
        {
            var list = value.Metadata()["finalizers"] as JsonArray ?? [];
            list.Add(finalizer);
            value.Metadata()["finalizers"] = list;
        }
    }

    static void Pod(JsonObject value, JsonObject spec, Func<string> suffix)
    {
        value["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = QualityOfService(spec) };
        spec.Default("serviceAccountName", "default");
        spec["serviceAccount"] = spec["serviceAccountName"]!.DeepClone();
        if (spec.Flag("automountServiceAccountToken") != false)
            MountToken(spec, suffix);
        Tolerate(spec, "node.kubernetes.io/not-ready");
        Tolerate(spec, "node.kubernetes.io/unreachable");
        spec.Default("priority", 0).Default("preemptionPolicy", "PreemptLowerPriority");
    }

    static void MountToken(JsonObject spec, Func<string> suffix)
    {
        const string Path = "/var/run/secrets/kubernetes.io/serviceaccount";
        var name = "kube-api-access-" + suffix();
        var used = false;
        foreach (var container in spec.Items("initContainers").Concat(spec.Items("containers")))
        {
            if (!container.Items("volumeMounts").Any(m => m.Text("mountPath") == Path))
            {
                var mounts = container["volumeMounts"] as JsonArray ?? [];
                mounts.Add((JsonNode)new JsonObject { ["name"] = name, ["readOnly"] = true, ["mountPath"] = Path });
                container["volumeMounts"] = mounts;
                used = true;
            }
        }

        if (!used)
            return;
        var volumes = spec["volumes"] as JsonArray ?? [];
        volumes.Add((JsonNode)new JsonObject
        {
            ["name"] = name,
            ["projected"] = new JsonObject
            {
                ["sources"] = new JsonArray(
                    new JsonObject { ["serviceAccountToken"] = new JsonObject { ["expirationSeconds"] = 3607, ["path"] = "token" } },
                    new JsonObject { ["configMap"] = new JsonObject { ["name"] = "kube-root-ca.crt", ["items"] = new JsonArray(new JsonObject { ["key"] = "ca.crt", ["path"] = "ca.crt" }) } },
                    new JsonObject { ["downwardAPI"] = new JsonObject { ["items"] = new JsonArray(new JsonObject { ["path"] = "namespace", ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = "metadata.namespace" } }) } }),
                ["defaultMode"] = 420,
            },
        });
        spec["volumes"] = volumes;
    }

    static void Tolerate(JsonObject spec, string taint)
    {
        var covered = spec.Items("tolerations").Any(t =>
            (t.Text("key") == taint || t.Text("key") is null or "") && t.Text("effect") is null or "" or "NoExecute");
        if (!covered)
        {
            var list = spec["tolerations"] as JsonArray ?? [];
            list.Add((JsonNode)new JsonObject { ["key"] = taint, ["operator"] = "Exists", ["effect"] = "NoExecute", ["tolerationSeconds"] = 300 });
            spec["tolerations"] = list;
        }
    }

    /// <summary>Guaranteed when every container's requests equal its limits for CPU and memory, BestEffort when none has either, else Burstable.</summary>
    static string QualityOfService(JsonObject spec)
    {
        var (any, guaranteed) = (false, true);
        foreach (var container in spec.Items("containers").Concat(spec.Items("initContainers")))
        {
            foreach (var resource in ComputeResources)
            {
                var request = container.Text("resources", "requests", resource);
                var limit = container.Text("resources", "limits", resource);
                any |= request is not (null or "0") || limit is not (null or "0");
                guaranteed &= limit is not (null or "0") && (request is null || request == limit);
            }
        }

        return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
    }

    static void IpFamilies(JsonObject spec)
    {
        if (spec.Text("type") == "ExternalName")
            return;
        // A headless Service without a selector lists whatever addresses its endpoints have.
        var open = spec.Text("clusterIP") == "None" && spec["selector"] is not JsonObject { Count: > 0 };
        spec.Default("ipFamilyPolicy", open ? "RequireDualStack" : "SingleStack")
            .Default("ipFamilies", open ? new JsonArray("IPv4", "IPv6") : new JsonArray("IPv4"));
    }

    static void JobSelector(JsonObject value, JsonObject spec)
    {
        if (spec.Flag("manualSelector") == true)
            return;
        var labels = spec.Child("template").Metadata().Child("labels");
        var uid = value.Uid();
        labels["batch.kubernetes.io/controller-uid"] = uid;
        labels["batch.kubernetes.io/job-name"] = value.Name();
        labels["controller-uid"] = uid;
        labels["job-name"] = value.Name();
        spec.Default("selector", new JsonObject { ["matchLabels"] = new JsonObject { ["batch.kubernetes.io/controller-uid"] = uid } });
        if (value.Object("metadata", "labels") is not { Count: > 0 })
            value.Metadata()["labels"] = labels.DeepClone();
    }
}
