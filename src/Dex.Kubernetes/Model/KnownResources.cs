namespace Dex.Kubernetes.Model;

/// <summary>
/// The kinds that every supported cluster (Kubernetes 1.28 and later) serves at the same place, so that no discovery is needed for them.
/// </summary>
public static class KnownResources
{
    const string Namespaced = """
        v1 pods Pod|v1 services Service|v1 configmaps ConfigMap|v1 secrets Secret|v1 serviceaccounts ServiceAccount|v1 events Event
        v1 endpoints Endpoints|v1 persistentvolumeclaims PersistentVolumeClaim|v1 resourcequotas ResourceQuota|v1 limitranges LimitRange
        v1 replicationcontrollers ReplicationController|v1 podtemplates PodTemplate
        apps/v1 deployments Deployment|apps/v1 replicasets ReplicaSet|apps/v1 statefulsets StatefulSet|apps/v1 daemonsets DaemonSet
        apps/v1 controllerrevisions ControllerRevision
        batch/v1 jobs Job|batch/v1 cronjobs CronJob|autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler
        policy/v1 poddisruptionbudgets PodDisruptionBudget|networking.k8s.io/v1 ingresses Ingress
        networking.k8s.io/v1 networkpolicies NetworkPolicy|rbac.authorization.k8s.io/v1 roles Role
        rbac.authorization.k8s.io/v1 rolebindings RoleBinding|coordination.k8s.io/v1 leases Lease
        discovery.k8s.io/v1 endpointslices EndpointSlice|events.k8s.io/v1 events Event
        """;

    const string ClusterScoped = """
        v1 namespaces Namespace|v1 nodes Node|v1 persistentvolumes PersistentVolume|storage.k8s.io/v1 storageclasses StorageClass
        rbac.authorization.k8s.io/v1 clusterroles ClusterRole|rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding
        apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition|apiregistration.k8s.io/v1 apiservices APIService
        scheduling.k8s.io/v1 priorityclasses PriorityClass|networking.k8s.io/v1 ingressclasses IngressClass
        admissionregistration.k8s.io/v1 validatingwebhookconfigurations ValidatingWebhookConfiguration
        admissionregistration.k8s.io/v1 mutatingwebhookconfigurations MutatingWebhookConfiguration
        """;

    static readonly Dictionary<GroupVersionKind, ResourceId> ByKind = Read();

    /// <summary>All of them, in no particular order.</summary>
    public static IReadOnlyCollection<ResourceId> All => ByKind.Values;

    /// <summary>The resource of a kind, or null when only discovery can tell.</summary>
    public static ResourceId? Find(GroupVersionKind gvk) => ByKind.GetValueOrDefault(gvk);

    /// <summary>The resource of a kind of this table.</summary>
    /// <exception cref="KeyNotFoundException">The kind is not in the table.</exception>
    public static ResourceId Get(string apiVersion, string kind) => ByKind[GroupVersionKind.Parse(apiVersion, kind)];

    static Dictionary<GroupVersionKind, ResourceId> Read()
    {
        var known = new Dictionary<GroupVersionKind, ResourceId>();
        Add(Namespaced, true);
        Add(ClusterScoped, false);
        return known;

        void Add(string table, bool namespaced)
        {
            foreach (var row in table.Split(['\n', '|'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                var words = row.Split(' ');
                var gvk = GroupVersionKind.Parse(words[0], words[2]);
                known.Add(gvk, new ResourceId(gvk.Group, gvk.Version, words[1], gvk.Kind, namespaced));
            }
        }
    }
}
