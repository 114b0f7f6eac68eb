namespace Dex.LocalCluster.Api;

/// <summary>The resources of Kubernetes 1.32 that this cluster serves, in the order discovery lists them.</summary>
static class BuiltInResources
{
    // group version | plural Kind scope | short names | categories | subresources | traits
    // Traits: g counts generations, u needs a resourceVersion on PUT, c PUT creates, v answered but never stored, =X stored as resource X,
    // anything else lists the verbs. A subresource is name[:Kind[:group/version]]:verbs with s = get,patch,update and * = create,delete,get,patch,update.
    const string Table = """
        /v1|bindings Binding N||||v
        /v1|configmaps ConfigMap N|cm|||
        /v1|endpoints Endpoints N|ep|||c
        /v1|events Event N|ev|||c
        /v1|limitranges LimitRange N|limits|||c
        /v1|namespaces Namespace C|ns||finalize:update;status:s|create,delete,get,list,patch,update,watch
        /v1|nodes Node C|no||proxy:NodeProxyOptions:*;status:s|
        /v1|persistentvolumeclaims PersistentVolumeClaim N|pvc||status:s|
        /v1|persistentvolumes PersistentVolume C|pv||status:s|
        /v1|pods Pod N|po|all|attach:PodAttachOptions:create,get;binding:Binding:create;ephemeralcontainers:s;eviction:Eviction:policy/v1:create;exec:PodExecOptions:create,get;log:get;portforward:PodPortForwardOptions:create,get;proxy:PodProxyOptions:*;status:s|
        /v1|podtemplates PodTemplate N||||c
        /v1|replicationcontrollers ReplicationController N|rc|all|scale:Scale:autoscaling/v1:s;status:s|g
        /v1|resourcequotas ResourceQuota N|quota||status:s|
        /v1|secrets Secret N||||
        /v1|serviceaccounts ServiceAccount N|sa||token:TokenRequest:authentication.k8s.io/v1:create|
        /v1|services Service N|svc|all|proxy:ServiceProxyOptions:*;status:s|
        apiregistration.k8s.io/v1|apiservices APIService C||api-extensions|status:s|u
        apps/v1|controllerrevisions ControllerRevision N||||
        apps/v1|daemonsets DaemonSet N|ds|all|status:s|g
        apps/v1|deployments Deployment N|deploy|all|scale:Scale:autoscaling/v1:s;status:s|g
        apps/v1|replicasets ReplicaSet N|rs|all|scale:Scale:autoscaling/v1:s;status:s|g
        apps/v1|statefulsets StatefulSet N|sts|all|scale:Scale:autoscaling/v1:s;status:s|g
        events.k8s.io/v1|events Event N|ev|||c =events
        authentication.k8s.io/v1|selfsubjectreviews SelfSubjectReview C||||v
        authentication.k8s.io/v1|tokenreviews TokenReview C||||v
        authorization.k8s.io/v1|localsubjectaccessreviews LocalSubjectAccessReview N||||v
        authorization.k8s.io/v1|selfsubjectaccessreviews SelfSubjectAccessReview C||||v
        authorization.k8s.io/v1|selfsubjectrulesreviews SelfSubjectRulesReview C||||v
        authorization.k8s.io/v1|subjectaccessreviews SubjectAccessReview C||||v
        autoscaling/v2|horizontalpodautoscalers HorizontalPodAutoscaler N|hpa|all|status:s|
        autoscaling/v1|horizontalpodautoscalers HorizontalPodAutoscaler N|hpa|all|status:s|=autoscaling/v2
        batch/v1|cronjobs CronJob N|cj|all|status:s|g
        batch/v1|jobs Job N||all|status:s|g
        certificates.k8s.io/v1|certificatesigningrequests CertificateSigningRequest C|csr||approval:s;status:s|
        networking.k8s.io/v1|ingressclasses IngressClass C||||g
        networking.k8s.io/v1|ingresses Ingress N|ing||status:s|g
        networking.k8s.io/v1|networkpolicies NetworkPolicy N|netpol|||g
        policy/v1|poddisruptionbudgets PodDisruptionBudget N|pdb||status:s|g u
        rbac.authorization.k8s.io/v1|clusterrolebindings ClusterRoleBinding C||||c
        rbac.authorization.k8s.io/v1|clusterroles ClusterRole C||||c
        rbac.authorization.k8s.io/v1|rolebindings RoleBinding N||||c
        rbac.authorization.k8s.io/v1|roles Role N||||c
        storage.k8s.io/v1|csidrivers CSIDriver C||||g
        storage.k8s.io/v1|csinodes CSINode C||||
        storage.k8s.io/v1|csistoragecapacities CSIStorageCapacity N||||
        storage.k8s.io/v1|storageclasses StorageClass C|sc|||
        storage.k8s.io/v1|volumeattachments VolumeAttachment C|||status:s|
        admissionregistration.k8s.io/v1|mutatingwebhookconfigurations MutatingWebhookConfiguration C||api-extensions||g
        admissionregistration.k8s.io/v1|validatingadmissionpolicies ValidatingAdmissionPolicy C||api-extensions|status:s|g
        admissionregistration.k8s.io/v1|validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding C||api-extensions||g
        admissionregistration.k8s.io/v1|validatingwebhookconfigurations ValidatingWebhookConfiguration C||api-extensions||g
        apiextensions.k8s.io/v1|customresourcedefinitions CustomResourceDefinition C|crd,crds|api-extensions|status:s|g u
        scheduling.k8s.io/v1|priorityclasses PriorityClass C|pc|||g
        coordination.k8s.io/v1|leases Lease N||||c u
        node.k8s.io/v1|runtimeclasses RuntimeClass C||||
        discovery.k8s.io/v1|endpointslices EndpointSlice N||||g
        flowcontrol.apiserver.k8s.io/v1|flowschemas FlowSchema C|||status:s|g
        flowcontrol.apiserver.k8s.io/v1|prioritylevelconfigurations PriorityLevelConfiguration C|||status:s|g
        """;

    static readonly string[] StatusVerbs = ["get", "patch", "update"];
    static readonly string[] ProxyVerbs = ["create", "delete", "get", "patch", "update"];

    public static IReadOnlyList<ResourceType> All { get; } =
        [.. Table.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    static ResourceType Parse(string row)
    {
        var cells = row.Split('|');
        var (group, version) = Split(cells[0]);
        var names = cells[1].Split(' ');
        var traits = cells[5].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var alias = traits.FirstOrDefault(t => t[0] == '=')?[1..];
        var verbs = traits.FirstOrDefault(t => t.Contains(','));
        return new ResourceType
        {
            Group = group,
            Version = version,
            Plural = names[0],
            Kind = names[1],
            // Endpoints is the one kind whose singular is its plural.
            Singular = names[0] == "endpoints" ? "endpoints" : names[1].ToLowerInvariant(),
            Namespaced = names[2] == "N",
            ShortNames = List(cells[2]),
            Categories = List(cells[3]),
            Subresources = [.. cells[4].Split(';', StringSplitOptions.RemoveEmptyEntries).Select(s => ParseSubresource(s, names[1]))],
            Verbs = traits.Contains("v") ? ["create"] : verbs is null ? ResourceType.AllVerbs : List(verbs),
            HasGeneration = traits.Contains("g"),
            CreateOnUpdate = traits.Contains("c"),
            UnconditionalUpdate = !traits.Contains("u"),
            Virtual = traits.Contains("v"),
            Storage = alias is null ? null! : alias.Contains('/') ? $"{names[0]}.{group}" : alias,
            StorageVersion = alias is null ? null! : alias.Contains('/') ? alias : "v1",
        };
    }

    static Subresource ParseSubresource(string text, string kind)
    {
        var parts = text.Split(':');
        var verbs = parts[^1] switch { "s" => StatusVerbs, "*" => ProxyVerbs, var list => List(list) };
        var (group, version) = parts.Length == 4 ? Split(parts[2]) : ("", "");
        return new Subresource(parts[0], parts.Length > 2 ? parts[1] : kind, verbs, group, version);
    }

    static (string Group, string Version) Split(string groupVersion)
    {
        var slash = groupVersion.IndexOf('/');
        return (groupVersion[..slash], groupVersion[(slash + 1)..]);
    }

    static string[] List(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
