using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Kinds of the networking, storage, access and extension groups.</summary>
static class PlatformDefaults
{
    const string RbacGroup = "rbac.authorization.k8s.io";

    public static void Apply(string kind, JsonObject value, JsonObject spec)
    {
        switch (kind)
        {
            case "NetworkPolicy": NetworkPolicy(spec); break;
            case "IngressClass": spec.Object("parameters")?.Default("scope", "Cluster"); break;
            case "StorageClass": value.Default("reclaimPolicy", "Delete").Default("volumeBindingMode", "Immediate"); break;
            case "CSIDriver":
                spec.Default("attachRequired", true).Default("podInfoOnMount", false).Default("storageCapacity", false).Default("fsGroupPolicy", "ReadWriteOnceWithFSType")
                    .Default("requiresRepublish", false).Default("seLinuxMount", false).Default("volumeLifecycleModes", new JsonArray("Persistent"));
                break;
            case "RoleBinding" or "ClusterRoleBinding":
                value.Child("roleRef").Default("apiGroup", RbacGroup);
                foreach (var subject in value.Items("subjects").Where(s => s.Text("kind") is "User" or "Group"))
                    subject.Default("apiGroup", RbacGroup);
                break;
            case "CustomResourceDefinition": Definition(spec); break;
            case "APIService": spec.Object("service")?.Default("port", 443); break;
            case "ValidatingWebhookConfiguration" or "MutatingWebhookConfiguration":
                foreach (var hook in value.Items("webhooks"))
                    Webhook(hook, kind[0] == 'M');
                break;
            case "ValidatingAdmissionPolicy":
                spec.Default("failurePolicy", "Fail");
                MatchResources(spec.Object("matchConstraints"));
                break;
            case "ValidatingAdmissionPolicyBinding":
                MatchResources(spec.Object("matchResources"));
                break;
            case "FlowSchema": spec.DefaultNumber("matchingPrecedence", 1000); break;
        }
    }

    static void NetworkPolicy(JsonObject spec)
    {
        if (spec["policyTypes"] is not JsonArray { Count: > 0 })
            spec["policyTypes"] = spec["egress"] is JsonArray { Count: > 0 } ? new JsonArray("Ingress", "Egress") : new JsonArray("Ingress");
        foreach (var port in spec.Items("ingress").Concat(spec.Items("egress")).SelectMany(rule => rule.Items("ports")))
            port.Default("protocol", "TCP");
    }

    static void Definition(JsonObject spec)
    {
        var names = spec.Child("names");
        if (names.Text("kind") is { Length: > 0 } kind)
            names.Default("singular", kind.ToLowerInvariant()).Default("listKind", kind + "List");
        spec.Child("conversion").Default("strategy", "None");
        spec.Object("conversion", "webhook", "clientConfig", "service")?.Default("port", 443);
    }

    static void Webhook(JsonObject hook, bool mutating)
    {
        hook.Default("failurePolicy", "Fail").Default("matchPolicy", "Equivalent").Default("namespaceSelector", new JsonObject())
            .Default("objectSelector", new JsonObject()).Default("timeoutSeconds", 10);
        if (mutating)
            hook.Default("reinvocationPolicy", "Never");
        hook.Object("clientConfig", "service")?.Default("port", 443);
        foreach (var rule in hook.Items("rules"))
            rule.Default("scope", "*");
    }

    static void MatchResources(JsonObject? match)
    {
        match?.Default("matchPolicy", "Equivalent").Default("namespaceSelector", new JsonObject()).Default("objectSelector", new JsonObject());
        foreach (var rule in match?.Items("resourceRules").Concat(match.Items("excludeResourceRules")) ?? [])
            rule.Default("scope", "*");
    }
}
