using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Pods and templates of pods.</summary>
static class PodValidation
{
    const string UpdateMessage = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
        + "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    static readonly string[] Mutable = ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "ephemeralContainers", "schedulingGates", "nodeSelector"];

    public static void Pod(JsonObject spec, JsonObject? live, Checks checks)
    {
        Spec(spec, "spec", checks);
        if (live is not null && !JsonNode.DeepEquals(Fixed(spec, live), Fixed(live, live)))
            checks.Forbidden("spec", UpdateMessage);
    }

    // What an update may not change: binding sets the node once, images may be replaced.
    static JsonObject Fixed(JsonObject spec, JsonObject live)
    {
        var copy = spec.Copy();
        foreach (var field in Mutable)
            copy.Remove(field);
        if (live["nodeName"] is null)
            copy.Remove("nodeName");
        foreach (var container in copy.Items("containers").Concat(copy.Items("initContainers")))
        {
            container.Remove("image");
            container.Remove("resources");
        }

        return copy;
    }

    /// <param name="claims">Volumes that are not in the template: those that a StatefulSet adds to its pods.</param>
    public static void Template(JsonObject? template, string path, Checks checks, params IEnumerable<string> claims)
    {
        checks.Labels($"{path}.labels", template?.Object("metadata", "labels"));
        Spec(template?.Object("spec") ?? [], $"{path}.spec", checks, claims);
    }

    static void Spec(JsonObject spec, string path, Checks checks, params IEnumerable<string> claims)
    {
        var volumes = Volumes(spec, path, checks);
        volumes.UnionWith(claims);
        if (!spec.Items("containers").Any())
            checks.Required($"{path}.containers");
        var names = new HashSet<string>(StringComparer.Ordinal);
        Containers(spec, "containers", path, volumes, names, checks);
        Containers(spec, "initContainers", path, volumes, names, checks);
        Containers(spec, "ephemeralContainers", path, volumes, names, checks);
        checks.OneOf($"{path}.restartPolicy", spec.Text("restartPolicy"), "Always", "OnFailure", "Never");
        checks.OneOf($"{path}.dnsPolicy", spec.Text("dnsPolicy"), "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None");
        checks.Labels($"{path}.nodeSelector", spec.Object("nodeSelector"));
        checks.Text($"{path}.serviceAccountName", spec.Text("serviceAccountName"), Names.Subdomain);
        checks.Text($"{path}.nodeName", spec.Text("nodeName"), Names.Subdomain);
        if (spec.Number("activeDeadlineSeconds") is { } deadline and < 1)
            checks.Invalid($"{path}.activeDeadlineSeconds", deadline, "must be between 1 and 2147483647, inclusive");
        checks.Text($"{path}.hostname", spec.Text("hostname"), Names.Label);
        checks.Text($"{path}.subdomain", spec.Text("subdomain"), Names.Label);
        checks.NotNegative(spec, path, "terminationGracePeriodSeconds");
        Tolerations(spec, path, checks);
    }

    static void Tolerations(JsonObject spec, string path, Checks checks)
    {
        var i = 0;
        foreach (var toleration in spec.Items("tolerations"))
        {
            var at = $"{path}.tolerations[{i++}]";
            if (toleration.Text("key") is null or "" && toleration.Text("operator") != "Exists")
                checks.Invalid($"{at}.operator", toleration.Text("operator") ?? "", "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
            if (toleration.Text("operator") == "Exists" && toleration.Text("value") is { Length: > 0 } value)
                checks.Invalid($"{at}.operator", value, "value must be empty when `operator` is 'Exists'");
        }
    }

    static HashSet<string> Volumes(JsonObject spec, string path, Checks checks)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var volume in spec.Items("volumes"))
        {
            var at = $"{path}.volumes[{i++}]";
            VolumeSource(volume, at, checks);
            var name = volume.Text("name");
            if (checks.Name($"{at}.name", name, Names.Label) && !names.Add(name!))
                checks.Add(FieldError.Duplicate($"{at}.name", name));
        }

        return names;
    }

    static void VolumeSource(JsonObject volume, string path, Checks checks)
    {
        var sources = volume.Where(p => p.Key != "name" && p.Value is not null).Select(p => p.Key).ToList();
        if (sources.Count == 0)
            checks.Required(path, "must specify a volume type");
        foreach (var extra in sources.Skip(1))
            checks.Forbidden($"{path}.{extra}", "may not specify more than 1 volume type");
        foreach (var (source, field) in (ReadOnlySpan<(string, string)>)[("secret", "secretName"), ("configMap", "name"), ("persistentVolumeClaim", "claimName"), ("hostPath", "path"), ("csi", "driver")])
        {
            if (volume.Object(source) is { } used && used.Text(field) is null or "" && volume[source] is not null)
                checks.Required($"{path}.{source}.{field}");
        }
    }

    static void Containers(JsonObject spec, string list, string path, HashSet<string> volumes, HashSet<string> names, Checks checks)
    {
        var i = 0;
        foreach (var container in spec.Items(list))
        {
            var at = $"{path}.{list}[{i++}]";
            Container(container, at, volumes, checks);
            if (container.Text("name") is { Length: > 0 } name && !names.Add(name))
                checks.Add(FieldError.Duplicate($"{at}.name", name));
            foreach (var probe in (ReadOnlySpan<string>)["livenessProbe", "readinessProbe", "startupProbe"])
            {
                if (list == "initContainers" && container.Text("restartPolicy") != "Always" && container[probe] is not null)
                    checks.Forbidden($"{at}.{probe}", "may not be set for init containers without restartPolicy=Always");
                else
                    Probe(container.Object(probe), $"{at}.{probe}", checks);
            }
        }
    }

    static void Container(JsonObject container, string path, HashSet<string> volumes, Checks checks)
    {
        checks.Name($"{path}.name", container.Text("name"), Names.Label);
        var image = container.Text("image") ?? "";
        if (image.Length == 0)
            checks.Required($"{path}.image");
        else if (image.Trim() != image)
            checks.Invalid($"{path}.image", image, "must not have leading or trailing whitespace");
        checks.OneOf($"{path}.terminationMessagePolicy", container.Text("terminationMessagePolicy"), "FallbackToLogsOnError", "File");
        Ports(container, path, checks);
        Environment(container, path, checks);
        Mounts(container, path, volumes, checks);
        checks.OneOf($"{path}.imagePullPolicy", container.Text("imagePullPolicy"), "Always", "IfNotPresent", "Never");
        Resources(container.Object("resources"), $"{path}.resources", checks);
    }

    static void Ports(JsonObject container, string path, Checks checks)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var port in container.Items("ports"))
        {
            var at = $"{path}.ports[{i++}]";
            if (port.Text("name") is { Length: > 0 } name && checks.Text($"{at}.name", name, Names.Port) && !names.Add(name))
                checks.Add(FieldError.Duplicate($"{at}.name", name));
            if (port.Number("containerPort") is null or 0)
                checks.Required($"{at}.containerPort");
            else
                checks.PortNumber($"{at}.containerPort", port.Number("containerPort")!.Value);
            if (port.Number("hostPort") is { } host and not 0)
                checks.PortNumber($"{at}.hostPort", host);
            checks.OneOf($"{at}.protocol", port.Text("protocol"), "SCTP", "TCP", "UDP");
        }
    }

    static void Environment(JsonObject container, string path, Checks checks)
    {
        var i = 0;
        foreach (var variable in container.Items("env"))
        {
            var at = $"{path}.env[{i++}]";
            checks.Name($"{at}.name", variable.Text("name"), Names.Variable);
            if (variable.Object("valueFrom") is { } from)
            {
                var sources = from.Count(p => p.Value is not null);
                if (variable.Text("value") is { Length: > 0 })
                    checks.Invalid($"{at}.valueFrom", "", "may not be specified when `value` is not empty");
                else if (sources != 1)
                {
                    checks.Invalid($"{at}.valueFrom", "", sources == 0
                        ? "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`" : "may not have more than one field specified at a time");
                }

                foreach (var reference in (ReadOnlySpan<string>)["configMapKeyRef", "secretKeyRef"])
                {
                    if (from.Object(reference) is { } key)
                        checks.Name($"{at}.valueFrom.{reference}.key", key.Text("key"), Names.ConfigKey);
                }
            }
        }
    }

    static void Mounts(JsonObject container, string path, HashSet<string> volumes, Checks checks)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var mount in container.Items("volumeMounts"))
        {
            var at = $"{path}.volumeMounts[{i++}]";
            var name = mount.Text("name") ?? "";
            if (name.Length == 0)
                checks.Required($"{at}.name");
            if (!volumes.Contains(name))
                checks.Add(FieldError.NotFound($"{at}.name", name));
            if (mount.Text("mountPath") is not { Length: > 0 } mountPath)
                checks.Required($"{at}.mountPath");
            else if (!paths.Add(mountPath))
                checks.Invalid($"{at}.mountPath", mountPath, "must be unique");
            if (mount.Text("subPath") is { Length: > 0 } sub && (sub.StartsWith('/') || sub.Split('/').Contains("..")))
                checks.Invalid($"{at}.subPath", sub, sub.StartsWith('/') ? "must be a relative path" : "must not contain '..'");
        }
    }

    static void Resources(JsonObject? resources, string path, Checks checks)
    {
        foreach (var kind in (ReadOnlySpan<string>)["limits", "requests"])
        {
            foreach (var (name, amount) in resources?.Object(kind) ?? [])
            {
                if (!Quantity.TryParse(Scalars.Text(amount), out var quantity))
                    continue;
                if (quantity.Value < 0)
                    checks.Invalid($"{path}.{kind}[{name}]", Scalars.Text(amount), "must be greater than or equal to 0");
                if (kind == "requests" && Quantity.TryParse(resources!.Text("limits", name), out var limit) && quantity > limit)
                    checks.Invalid($"{path}.requests", Scalars.Text(amount), $"must be less than or equal to {name} limit of {limit}");
            }
        }
    }

    static void Probe(JsonObject? probe, string path, Checks checks)
    {
        if (probe is null)
            return;
        var handlers = new[] { "exec", "httpGet", "tcpSocket", "grpc" }.Where(h => probe[h] is not null).ToList();
        if (handlers.Count == 0)
            checks.Required(path, "must specify a handler type");
        foreach (var extra in handlers.Skip(1))
            checks.Forbidden($"{path}.{extra}", "may not specify more than 1 handler type");
        if (probe.Object("httpGet") is { } http)
        {
            if (http.Text("path") is null or "")
                checks.Required($"{path}.httpGet.path");
            checks.Port($"{path}.httpGet.port", http["port"]);
            checks.OneOf($"{path}.httpGet.scheme", http.Text("scheme"), "HTTP", "HTTPS");
        }

        if (probe.Object("tcpSocket") is { } tcp)
            checks.Port($"{path}.tcpSocket.port", tcp["port"]);
        if (probe.Object("exec") is { } exec && exec.TextList("command").Count == 0)
            checks.Required($"{path}.exec.command");
        foreach (var field in (ReadOnlySpan<string>)["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"])
            checks.NotNegative(probe, path, field);
        if (!path.EndsWith("readinessProbe", StringComparison.Ordinal) && probe.Number("successThreshold") is { } successes and not 1)
            checks.Invalid($"{path}.successThreshold", successes, "must be 1");
    }
}
