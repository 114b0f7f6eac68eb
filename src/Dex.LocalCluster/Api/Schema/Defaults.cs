using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>
/// The values the API server fills in before it stores an object (Kubernetes 1.32, <c>pkg/apis/*/v1/defaults.go</c> and the
/// <c>+default</c> markers of the types). Objects come out in the form in which their type writes them.
/// </summary>
public static class Defaults
{
    /// <summary>Converts an object through its type and fills in what is missing. The input is not changed.</summary>
    /// <exception cref="DecodeException">A value is of the wrong type.</exception>
    public static JsonObject Apply(ResourceType type, JsonObject value)
    {
        if (type.Definition is { } custom)
        {
            var copy = custom.Prune(value, null);
            custom.Default(copy);
            return copy;
        }

        return Apply(type.Gvk, type.Schema, value);
    }

    /// <summary>The same for a kind that is no resource, such as TokenRequest.</summary>
    public static JsonObject Apply(GroupVersionKind kind, TypeSchema schema, JsonObject value)
    {
        var converted = Conversion.Convert(schema, value);
        converted["kind"] = kind.Kind;
        converted["apiVersion"] = kind.ApiVersion;
        Declared(schema, converted);
        ByKind(kind, converted);
        // Once more for the order of the fields, so that equal objects have equal bytes.
        return Conversion.Convert(schema, converted);
    }

    static void Declared(TypeSchema schema, JsonNode? value)
    {
        switch (value)
        {
            case JsonObject map when schema.Kind == SchemaKind.Struct:
                foreach (var field in schema.Fields)
                {
                    if (field.Default is { } initial && !(field.OmitEmpty && initial.ToJsonString() == "\"\""))
                        map.Default(field.Name, initial.DeepClone());
                    else if (!field.Type.IsScalar && map[field.Name] is { } child)
                        Declared(field.Type, child);
                }

                break;
            case JsonObject map when schema.Kind == SchemaKind.Map && schema.Element!.Kind == SchemaKind.Struct:
                foreach (var (_, child) in map)
                    Declared(schema.Element, child);
                break;
            case JsonArray list when schema.Element is { IsScalar: false } element:
                foreach (var child in list)
                    Declared(element, child);
                break;
        }
    }

    static void ByKind(GroupVersionKind gvk, JsonObject value)
    {
        var spec = value["spec"] as JsonObject ?? [];
        switch (gvk.Kind)
        {
            case "Pod": PodDefaults.Pod(spec); break;
            case "PodTemplate": PodDefaults.Template(value); break;
            case "ReplicationController": Controller(value, spec); break;
            case "Deployment" or "ReplicaSet" or "StatefulSet" or "DaemonSet" or "Job" or "CronJob": WorkloadDefaults.Apply(gvk.Kind, value, spec); break;
            case "Service": Service(value, spec); break;
            case "Secret": Secret(value); break;
            case "PersistentVolumeClaim": Claim(value); break;
            case "PersistentVolume":
                spec.Default("persistentVolumeReclaimPolicy", "Retain").Default("volumeMode", "Filesystem");
                PodDefaults.VolumeSource(spec);
                value.Child("status").Default("phase", "Pending");
                break;
            case "Namespace":
                value.Child("status").Default("phase", "Active");
                if (value.Name().Length > 0)
                    value.Metadata().Child("labels")["kubernetes.io/metadata.name"] = value.Name();
                break;
            case "HorizontalPodAutoscaler": Autoscaler(gvk.Version, spec); break;
            case "EndpointSlice":
                foreach (var port in value.Items("ports"))
                    port.Default("name", "").Default("protocol", "TCP");
                break;
            case "LimitRange": Limits(spec); break;
            case "TokenRequest": spec.Default("expirationSeconds", 3600); break;
            case "PriorityClass": value.Default("preemptionPolicy", "PreemptLowerPriority"); break;
            default: PlatformDefaults.Apply(gvk.Kind, value, spec); break;
        }
    }

    static void Controller(JsonObject value, JsonObject spec)
    {
        spec.Default("replicas", 1);
        if (spec.Object("template", "metadata", "labels") is { Count: > 0 } labels)
        {
            spec.Default("selector", labels.DeepClone());
            value.Metadata().Default("labels", labels.DeepClone());
        }

        if (spec["template"] is JsonObject template)
            PodDefaults.Template(template);
    }

    static void Service(JsonObject value, JsonObject spec)
    {
        spec.Default("sessionAffinity", "None").Default("type", "ClusterIP");
        var type = spec.Text("type");
        if (spec.Text("sessionAffinity") == "ClientIP")
            spec.Child("sessionAffinityConfig").Child("clientIP").Default("timeoutSeconds", 10800);
        else
            spec.Remove("sessionAffinityConfig");
        foreach (var port in spec.Items("ports"))
        {
            port.Default("protocol", "TCP");
            if (port["targetPort"] is null || Scalars.TryInteger(port["targetPort"], out var zero) && zero == 0 || port.Text("targetPort") == "")
                port["targetPort"] = port["port"]?.DeepClone();
        }

        if (type is "NodePort" or "LoadBalancer" || (type == "ClusterIP" && spec["externalIPs"] is JsonArray { Count: > 0 }))
            spec.Default("externalTrafficPolicy", "Cluster");
        if (type is "NodePort" or "LoadBalancer" or "ClusterIP")
            spec.Default("internalTrafficPolicy", "Cluster");
        if (type == "LoadBalancer")
        {
            spec.Default("allocateLoadBalancerNodePorts", true);
            foreach (var ingress in value.Items("status", "loadBalancer", "ingress").Where(i => i.Text("ip") is { Length: > 0 }))
                ingress.Default("ipMode", "VIP");
        }
    }

    static void Secret(JsonObject value)
    {
        value.Default("type", "Opaque");
        if (value["stringData"] is JsonObject text)
        {
            var data = value.Child("data");
            foreach (var (key, item) in text)
                data[key] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Scalars.Text(item) ?? ""));
            value.Remove("stringData");
        }
    }

    /// <summary>A claim, also one inside a StatefulSet or an ephemeral volume.</summary>
    internal static void Claim(JsonObject value)
    {
        value.Child("status").Default("phase", "Pending");
        value.Child("spec").Default("volumeMode", "Filesystem");
    }

    static void Autoscaler(string version, JsonObject spec)
    {
        spec.Default("minReplicas", 1);
        if (version == "v1")
            return;
        if (spec["metrics"] is not JsonArray { Count: > 0 })
        {
            spec["metrics"] = new JsonArray(new JsonObject
            {
                ["type"] = "Resource",
                ["resource"] = new JsonObject { ["name"] = "cpu", ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = 80 } },
            });
        }

        if (spec["behavior"] is JsonObject behavior)
        {
            Scaling(behavior.Child("scaleUp").Default("stabilizationWindowSeconds", 0), ("Pods", 4), ("Percent", 100));
            Scaling(behavior.Child("scaleDown"), ("Percent", 100));
        }
    }

    static void Scaling(JsonObject rules, params ReadOnlySpan<(string Type, int Value)> policies)
    {
        rules.Default("selectPolicy", "Max");
        if (rules["policies"] is not JsonArray { Count: > 0 })
        {
            var list = new JsonArray();
            foreach (var (type, amount) in policies)
                list.Add((JsonNode)new JsonObject { ["type"] = type, ["value"] = amount, ["periodSeconds"] = 15 });
            rules["policies"] = list;
        }
    }

    static void Limits(JsonObject spec)
    {
        foreach (var item in spec.Items("limits").Where(i => i.Text("type") == "Container"))
        {
            Fill("default", "max");
            Fill("defaultRequest", "default");
            Fill("defaultRequest", "min");

            void Fill(string target, string source)
            {
                foreach (var (name, amount) in item[source] as JsonObject ?? [])
                    item.Child(target).Default(name, amount!.DeepClone());
            }
        }
    }
}
