using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>The order in which a release is taken down: what drives others first, what others need last.</summary>
enum Stage
{
    /// <summary>What would start new work: schedules are suspended, autoscalers deleted.</summary>
    Drivers,

    /// <summary>Custom resources, while their operators still live to clean up after them.</summary>
    CustomResources,

    /// <summary>What leads traffic in.</summary>
    Routes,

    /// <summary>Load balancers, whose cloud resources are released by a finalizer.</summary>
    LoadBalancers,

    /// <summary>Workloads and their services.</summary>
    Workloads,

    /// <summary>Volumes.</summary>
    Volumes,

    /// <summary>What workloads were configured with.</summary>
    Config,

    /// <summary>Objects outside namespaces.</summary>
    ClusterScoped,

    /// <summary>Namespaces.</summary>
    Namespaces,
}

static class Stages
{
    public static Stage Of(GroupVersionKind gvk, ResourceId resource, bool isLoadBalancer) => gvk.GroupKind switch
    {
        "Namespace" => Stage.Namespaces,
        "HorizontalPodAutoscaler.autoscaling" or "ScaledObject.keda.sh" or "ScaledJob.keda.sh" => Stage.Drivers,
        "Ingress.networking.k8s.io" => Stage.Routes,
        "Service" => isLoadBalancer ? Stage.LoadBalancers : Stage.Workloads,
        "Deployment.apps" or "StatefulSet.apps" or "DaemonSet.apps" or "ReplicaSet.apps" or "Job.batch" or "CronJob.batch" or "Pod" or "ReplicationController" => Stage.Workloads,
        "PersistentVolumeClaim" => Stage.Volumes,
        _ when gvk.Group == "gateway.networking.k8s.io" => Stage.Routes,
        _ when !resource.Namespaced => Stage.ClusterScoped,
        _ when KnownResources.Find(gvk) is null => Stage.CustomResources,
        _ => Stage.Config,
    };
}
