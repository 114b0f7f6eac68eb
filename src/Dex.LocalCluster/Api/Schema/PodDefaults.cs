using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Pods and what embeds them.</summary>
static class PodDefaults
{
    static readonly (string Volume, string Field)[] Modes =
        [("secret", "defaultMode"), ("configMap", "defaultMode"), ("downwardAPI", "defaultMode"), ("projected", "defaultMode")];

    static readonly string[] ContainerLists = ["initContainers", "containers", "ephemeralContainers"];

    /// <summary>A pod of its own, which gets more than one in a template.</summary>
    public static void Pod(JsonObject spec)
    {
        foreach (var container in spec.Items("containers").Concat(spec.Items("initContainers")))
        {
            RequestWhatIsLimited(container);
            if (spec.Flag("hostNetwork") == true)
            {
                foreach (var port in container.Items("ports"))
                    port.DefaultNumber("hostPort", port.Number("containerPort") ?? 0);
            }
        }

        spec.Default("enableServiceLinks", true);
        Spec(spec);
    }

    /// <summary>A pod template: <c>{metadata, spec}</c>, or an object with one under <c>template</c>.</summary>
    public static void Template(JsonObject template)
    {
        if (template["template"] is JsonObject nested)
            template = nested;
        Spec(template.Child("spec"));
    }

    static void Spec(JsonObject spec)
    {
        // serviceAccount is the old name of serviceAccountName; both are written.
        if (spec.Text("serviceAccountName") is { Length: > 0 } account)
            spec["serviceAccount"] = account;
        else if (spec.Text("serviceAccount") is { Length: > 0 } old)
            spec["serviceAccountName"] = old;
        spec.Default("restartPolicy", "Always").Default("dnsPolicy", "ClusterFirst").Default("schedulerName", "default-scheduler")
            .Default("terminationGracePeriodSeconds", 30).Default("securityContext", new JsonObject());
        foreach (var list in ContainerLists)
        {
            foreach (var container in spec.Items(list))
                Container(container);
        }

        foreach (var volume in spec.Items("volumes"))
        {
            if (volume.All(p => p.Key == "name" || p.Value is null))
                volume["emptyDir"] = new JsonObject();
            VolumeSource(volume);
        }
    }

    static void Container(JsonObject container)
    {
        container.Default("terminationMessagePath", "/dev/termination-log").Default("terminationMessagePolicy", "File")
            .Default("imagePullPolicy", IsLatest(container.Text("image") ?? "") ? "Always" : "IfNotPresent");
        foreach (var variable in container.Items("env"))
            FieldReference(variable.Object("valueFrom", "fieldRef"));
        foreach (var name in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"])
        {
            if (container[name] is JsonObject probe)
            {
                probe.DefaultNumber("timeoutSeconds", 1).DefaultNumber("periodSeconds", 10).DefaultNumber("successThreshold", 1).DefaultNumber("failureThreshold", 3);
                Http(probe.Object("httpGet"));
            }
        }

        Http(container.Object("lifecycle", "postStart", "httpGet"));
        Http(container.Object("lifecycle", "preStop", "httpGet"));
    }

    static void Http(JsonObject? action) => action?.Default("path", "/").Default("scheme", "HTTP");

    static void FieldReference(JsonObject? reference) => reference?.Default("apiVersion", "v1");

    // "image" and "image:latest" are pulled always; a digest says nothing of the tag, a port is no tag.
    static bool IsLatest(string image)
    {
        if (image.Contains('@'))
            return false;
        var tag = image.LastIndexOf(':') is var colon && colon > image.LastIndexOf('/') ? image[(colon + 1)..] : "latest";
        return tag is "latest" or "";
    }

    static void RequestWhatIsLimited(JsonObject container)
    {
        if (container.Object("resources", "limits") is { Count: > 0 } limits)
        {
            var requests = container.Child("resources").Child("requests");
            foreach (var (name, amount) in limits)
            {
                if (!requests.ContainsKey(name))
                    requests[name] = amount!.DeepClone();
            }
        }
    }

    /// <summary>A volume, of a pod or a PersistentVolume.</summary>
    public static void VolumeSource(JsonObject volume)
    {
        foreach (var (source, field) in Modes)
            volume.Object(source)?.Default(field, 420);
        // An empty type means: whatever is there.
        if (volume["hostPath"] is JsonObject path && path["type"] is null)
            path["type"] = "";
        foreach (var item in volume.Items("downwardAPI", "items"))
            FieldReference(item.Object("fieldRef"));
        foreach (var source in volume.Items("projected", "sources"))
        {
            source.Object("serviceAccountToken")?.Default("expirationSeconds", 3600);
            foreach (var item in source.Items("downwardAPI", "items"))
                FieldReference(item.Object("fieldRef"));
        }

        volume.Object("ephemeral", "volumeClaimTemplate", "spec")?.Default("volumeMode", "Filesystem");
    }
}
