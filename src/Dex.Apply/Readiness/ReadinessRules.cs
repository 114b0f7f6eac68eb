using Dex.Kubernetes.Model;

namespace Dex.Apply.Readiness;

/// <summary>The rule of each kind.</summary>
static class ReadinessRules
{
    static readonly IReadinessRule Custom = new CustomResourceRule();
    static readonly IReadinessRule Existing = new ExistenceRule();
    static readonly Dictionary<string, IReadinessRule> Rules = new(StringComparer.Ordinal)
    {
        ["Deployment.apps"] = new DeploymentRule(),
        ["StatefulSet.apps"] = new StatefulSetRule(),
        ["DaemonSet.apps"] = new DaemonSetRule(),
        ["Job.batch"] = new JobRule(),
        ["Pod"] = new PodRule(),
        ["PersistentVolumeClaim"] = new VolumeClaimRule(),
        ["Service"] = new ServiceRule(),
        ["HTTPRoute.gateway.networking.k8s.io"] = new RouteRule(),
        ["GRPCRoute.gateway.networking.k8s.io"] = new RouteRule(),
        ["CustomResourceDefinition.apiextensions.k8s.io"] = new DefinitionRule(),
        ["APIService.apiregistration.k8s.io"] = new ApiServiceRule(),
        ["HorizontalPodAutoscaler.autoscaling"] = new AutoscalerRule(),
        ["PodDisruptionBudget.policy"] = new ObservedRule(),
    };

    public static IReadinessRule For(GroupVersionKind gvk) =>
        Rules.TryGetValue(gvk.GroupKind, out var rule) ? rule : KnownResources.Find(gvk) is null ? Custom : Existing;
}
