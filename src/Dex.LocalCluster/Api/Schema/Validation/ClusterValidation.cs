using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Configuration, storage, access and scheduling.</summary>
static class ClusterValidation
{
    const int MaxData = 1024 * 1024;
    const string WhenImmutable = "field is immutable when `immutable` is set";

    public static void Check(string kind, JsonObject value, JsonObject spec, JsonObject? live, Checks checks)
    {
        switch (kind)
        {
            case "ConfigMap": Data(value, live, checks, "data", "binaryData"); break;
            case "Secret": Secret(value, live, checks); break;
            case "PersistentVolumeClaim": Claim(spec, live?.Object("spec"), checks); break;
            case "PersistentVolume": Volume(spec, checks); break;
            case "StorageClass": Class(value, live, checks); break;
            case "PriorityClass": Priority(value, live, checks); break;
            case "Role" or "ClusterRole": Role(value, kind, checks); break;
            case "RoleBinding" or "ClusterRoleBinding": Binding(value, kind, live, checks); break;
            case "Lease":
                if (spec.Number("leaseDurationSeconds") is { } duration and <= 0)
                    checks.Invalid("spec.leaseDurationSeconds", duration, "must be greater than 0");
                break;
            case "ResourceQuota":
                foreach (var (name, amount) in spec.Object("hard") ?? [])
                {
                    if (Quantity.TryParse(Scalars.Text(amount), out var quantity) && quantity.Value < 0)
                        checks.Invalid($"spec.hard[{name}]", Scalars.Text(amount), "must be greater than or equal to 0");
                }

                break;
            case "EndpointSlice":
                checks.OneOf("addressType", value.Text("addressType"), "FQDN", "IPv4", "IPv6");
                if (live is not null)
                    checks.Immutable("addressType", value["addressType"], live["addressType"]);
                break;
        }
    }

    static void Data(JsonObject value, JsonObject? live, Checks checks, params string[] fields)
    {
        var (size, seen) = (0, new HashSet<string>(StringComparer.Ordinal));
        foreach (var field in fields)
        {
            foreach (var (key, item) in (value.Object(field) ?? []).OrderBy(e => e.Key, StringComparer.Ordinal))
            {
                checks.Text($"{field}[{key}]", key, Names.ConfigKey);
                if (!seen.Add(key))
                    checks.Invalid($"{field}[{key}]", key, "duplicate of key present in data");
                size += (Scalars.Text(item)?.Length ?? 0) * (value.Kind() == "Secret" || field == "binaryData" ? 3 : 4) / 4;
            }
        }

        if (size > MaxData)
            checks.Add(FieldError.TooLong("data", MaxData));
        if (live?.Flag("immutable") == true)
        {
            if (value.Flag("immutable") != true)
                checks.Forbidden("immutable", WhenImmutable);
            foreach (var field in fields)
            {
                if (!JsonNode.DeepEquals(value[field], live[field]))
                    checks.Forbidden(field, WhenImmutable);
            }
        }
    }

    static void Secret(JsonObject value, JsonObject? live, Checks checks)
    {
        Data(value, live, checks, "data");
        ReadOnlySpan<string> required = value.Text("type") switch
        {
            "kubernetes.io/dockerconfigjson" => [".dockerconfigjson"],
            "kubernetes.io/dockercfg" => [".dockercfg"],
            "kubernetes.io/tls" => ["tls.crt", "tls.key"],
            "kubernetes.io/ssh-auth" => ["ssh-privatekey"],
            _ => [],
        };
        foreach (var key in required)
        {
            if (value.Text("data", key) is null)
                checks.Required($"data[{key}]");
        }

        if (value.Text("type") == "kubernetes.io/service-account-token" && value.Annotation("kubernetes.io/service-account.name") is null or "")
            checks.Required("metadata.annotations[kubernetes.io/service-account.name]");
        if (live is not null)
            checks.Immutable("type", value["type"], live["type"]);
    }

    static void Claim(JsonObject spec, JsonObject? live, Checks checks)
    {
        Modes(spec, checks, "at least 1 access mode is required");
        if (spec.Text("resources", "requests", "storage") is not { } storage)
            checks.Required("spec.resources[storage]");
        else if (Quantity.TryParse(storage, out var quantity) && quantity.Value <= 0)
            checks.Invalid("spec.resources[storage]", storage, "must be greater than zero");
        if (live is not null && !JsonNode.DeepEquals(Fixed(spec, live), Fixed(live, live)))
            checks.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
    }

    // A binder may fill in the volume, and a class that was left open.
    static JsonObject Fixed(JsonObject spec, JsonObject live)
    {
        var copy = spec.Copy();
        copy.Remove("resources");
        copy.Remove("volumeAttributesClassName");
        foreach (var field in (ReadOnlySpan<string>)["volumeName", "storageClassName"])
        {
            if (live.Text(field) is null or "")
                copy.Remove(field);
        }

        return copy;
    }

    static void Modes(JsonObject spec, Checks checks, string whenMissing)
    {
        if (spec.TextList("accessModes").Count == 0)
            checks.Required("spec.accessModes", whenMissing);
        foreach (var mode in spec.TextList("accessModes"))
            checks.OneOf("spec.accessModes", mode, "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod");
    }

    static void Volume(JsonObject spec, Checks checks)
    {
        Modes(spec, checks, "");
        if (spec.Object("capacity") is not { Count: > 0 })
            checks.Required("spec.capacity");
        string[] settings = ["capacity", "accessModes", "claimRef", "persistentVolumeReclaimPolicy", "storageClassName", "mountOptions", "volumeMode", "nodeAffinity", "volumeAttributesClassName"];
        if (!spec.Any(p => p.Value is not null && !settings.Contains(p.Key)))
            checks.Required("spec", "must specify a volume type");
    }

    static void Class(JsonObject value, JsonObject? live, Checks checks)
    {
        checks.Name("provisioner", value.Text("provisioner"), p => Names.Qualified(p.ToLowerInvariant()));
        checks.OneOf("reclaimPolicy", value.Text("reclaimPolicy"), "Delete", "Retain");
        checks.OneOf("volumeBindingMode", value.Text("volumeBindingMode"), "Immediate", "WaitForFirstConsumer");
        foreach (var field in (ReadOnlySpan<string>)["parameters", "provisioner", "reclaimPolicy"])
        {
            if (live is not null && !JsonNode.DeepEquals(value[field], live[field]))
                checks.Forbidden(field, $"updates to {field} are forbidden.");
        }
    }

    static void Priority(JsonObject value, JsonObject? live, Checks checks)
    {
        const long Highest = 1_000_000_000;
        if (value.Number("value") > Highest && !value.Name().StartsWith("system-", StringComparison.Ordinal))
            checks.Forbidden("value", $"maximum allowed value of a user defined priority is {Highest}");
        foreach (var field in (ReadOnlySpan<string>)["value", "preemptionPolicy"])
        {
            if (live is not null && !JsonNode.DeepEquals(value[field], live[field]))
                checks.Forbidden(field, "may not be changed in an update.");
        }
    }

    static void Role(JsonObject value, string kind, Checks checks)
    {
        var i = 0;
        foreach (var rule in value.Items("rules"))
        {
            var at = $"rules[{i++}]";
            if (rule.TextList("verbs").Count == 0)
                checks.Required($"{at}.verbs", "verbs must contain at least one value");
            var urls = rule.TextList("nonResourceURLs").Count;
            if (urls > 0)
            {
                if (kind == "Role")
                    checks.Invalid($"{at}.nonResourceURLs", rule["nonResourceURLs"], "namespaced rules cannot apply to non-resource URLs");
                else if (rule.TextList("apiGroups").Count > 0 || rule.TextList("resources").Count > 0)
                    checks.Invalid($"{at}.nonResourceURLs", rule["nonResourceURLs"], "rules cannot apply to both regular resources and non-resource URLs");
                continue;
            }

            if (rule.TextList("apiGroups").Count == 0)
                checks.Required($"{at}.apiGroups", "resource rules must supply at least one api group");
            if (rule.TextList("resources").Count == 0)
                checks.Required($"{at}.resources", "resource rules must supply at least one resource");
        }
    }

    static void Binding(JsonObject value, string kind, JsonObject? live, Checks checks)
    {
        checks.OneOf("roleRef.apiGroup", value.Text("roleRef", "apiGroup"), "rbac.authorization.k8s.io");
        if (kind == "RoleBinding")
            checks.OneOf("roleRef.kind", value.Text("roleRef", "kind"), "ClusterRole", "Role");
        else
            checks.OneOf("roleRef.kind", value.Text("roleRef", "kind"), "ClusterRole");
        checks.Name("roleRef.name", value.Text("roleRef", "name"), Names.PathSegment);
        var i = 0;
        foreach (var subject in value.Items("subjects"))
        {
            var at = $"subjects[{i++}]";
            checks.Name($"{at}.name", subject.Text("name"), subject.Text("kind") == "ServiceAccount" ? Names.Subdomain : _ => []);
            checks.OneOf($"{at}.kind", subject.Text("kind"), "Group", "ServiceAccount", "User");
            if (subject.Text("kind") == "ServiceAccount" && subject.Text("namespace") is null or "")
                checks.Required($"{at}.namespace");
        }

        if (live is not null)
        {
            var printed = live["roleRef"] is null ? null : TypeTable.Struct("rbac/v1.RoleRef");
            if (!JsonNode.DeepEquals(value["roleRef"], live["roleRef"]))
                checks.Add(FieldError.InvalidText("roleRef", GoSyntax.Format(value["roleRef"], printed!).Replace("v1.RoleRef{ApiGroup:", "rbac.RoleRef{APIGroup:", StringComparison.Ordinal), "cannot change roleRef"));
        }
    }
}
