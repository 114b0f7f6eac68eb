using Dex.Apply.Readiness;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Apply;

/// <summary>How each kind tells that it is ready.</summary>
public sealed class ReadinessRuleTests
{
    [Theory]
    [InlineData("apps/v1 Deployment", "{metadata: {generation: 2}, spec: {replicas: 2}, status: {observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2, replicas: 2}}", "Waiting", "not seen")]
    [InlineData("apps/v1 Deployment", "{metadata: {generation: 2}, spec: {replicas: 2}, status: {observedGeneration: 2, updatedReplicas: 1, replicas: 3}}", "Waiting", "1 of 2 started")]
    [InlineData("apps/v1 Deployment", "{spec: {replicas: 2}, status: {updatedReplicas: 2, availableReplicas: 2, replicas: 3}}", "Waiting", "former version")]
    [InlineData("apps/v1 Deployment", "{spec: {replicas: 2}, status: {updatedReplicas: 2, availableReplicas: 1, replicas: 2}}", "Waiting", "1 of 2 ready")]
    [InlineData("apps/v1 Deployment", "{spec: {replicas: 2}, status: {updatedReplicas: 2, availableReplicas: 2, replicas: 2}}", "Ready", "")]
    [InlineData("apps/v1 Deployment", "{spec: {replicas: 0}, status: {}}", "Ready", "")]
    [InlineData("apps/v1 Deployment", "{spec: {paused: true, replicas: 2}, status: {}}", "Ready", "")]
    [InlineData("apps/v1 Deployment", "{status: {conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded}]}}", "Failed", "deadline")]
    [InlineData("apps/v1 StatefulSet", "{spec: {replicas: 3}, status: {readyReplicas: 2, updatedReplicas: 3}}", "Waiting", "2 of 3 ready")]
    [InlineData("apps/v1 StatefulSet", "{spec: {replicas: 3}, status: {readyReplicas: 3, updatedReplicas: 1}}", "Waiting", "1 of 3 renewed")]
    [InlineData("apps/v1 StatefulSet", "{spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 2}}}, status: {readyReplicas: 3, updatedReplicas: 1}}", "Ready", "")]
    [InlineData("apps/v1 StatefulSet", "{spec: {replicas: 3, updateStrategy: {type: OnDelete}}, status: {readyReplicas: 3, updatedReplicas: 0}}", "Ready", "")]
    [InlineData("apps/v1 DaemonSet", "{status: {desiredNumberScheduled: 3, updatedNumberScheduled: 2, numberAvailable: 3}}", "Waiting", "2 of 3 started")]
    [InlineData("apps/v1 DaemonSet", "{status: {desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 1}}", "Waiting", "1 of 3 ready")]
    [InlineData("apps/v1 DaemonSet", "{status: {desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3}}", "Ready", "")]
    [InlineData("batch/v1 Job", "{status: {active: 1}}", "Waiting", "running")]
    [InlineData("batch/v1 Job", "{status: {conditions: [{type: Complete, status: 'True'}]}}", "Ready", "")]
    [InlineData("batch/v1 Job", "{status: {conditions: [{type: Failed, status: 'True', message: out of tries}]}}", "Failed", "out of tries")]
    [InlineData("batch/v1 Job", "{spec: {suspend: true}}", "Ready", "")]
    [InlineData("batch/v1 CronJob", "{spec: {schedule: '* * * * *'}}", "Ready", "")]
    [InlineData("v1 Pod", "{status: {phase: Running, conditions: [{type: Ready, status: 'False'}]}}", "Waiting", "not ready")]
    [InlineData("v1 Pod", "{status: {phase: Pending}}", "Waiting", "not running")]
    [InlineData("v1 Pod", "{status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}}", "Ready", "")]
    [InlineData("v1 Pod", "{status: {phase: Succeeded}}", "Ready", "")]
    [InlineData("v1 Pod", "{status: {phase: Failed, reason: Evicted}}", "Failed", "Evicted")]
    [InlineData("v1 PersistentVolumeClaim", "{status: {phase: Pending}}", "Ready", "")]
    [InlineData("v1 PersistentVolumeClaim", "{status: {phase: Lost}}", "Failed", "lost")]
    [InlineData("v1 Service", "{spec: {type: ClusterIP}}", "Ready", "")]
    [InlineData("v1 Service", "{spec: {type: LoadBalancer}}", "Waiting", "no address")]
    [InlineData("v1 Service", "{spec: {type: LoadBalancer}, status: {loadBalancer: {ingress: [{ip: 10.0.0.1}]}}}", "Ready", "")]
    [InlineData("networking.k8s.io/v1 Ingress", "{spec: {rules: []}}", "Ready", "")]
    [InlineData("gateway.networking.k8s.io/v1 HTTPRoute", "{}", "Ready", "")]
    [InlineData("gateway.networking.k8s.io/v1 HTTPRoute", "{status: {parents: [{conditions: [{type: Accepted, status: 'True'}, {type: ResolvedRefs, status: 'False', message: no such Service}]}]}}", "Waiting", "no such Service")]
    [InlineData("gateway.networking.k8s.io/v1 HTTPRoute", "{status: {parents: [{conditions: [{type: Accepted, status: 'True'}]}]}}", "Ready", "")]
    [InlineData("apiextensions.k8s.io/v1 CustomResourceDefinition", "{}", "Waiting", "not established")]
    [InlineData("apiextensions.k8s.io/v1 CustomResourceDefinition", "{status: {conditions: [{type: NamesAccepted, status: 'False', message: taken}]}}", "Failed", "taken")]
    [InlineData("apiextensions.k8s.io/v1 CustomResourceDefinition", "{status: {conditions: [{type: Established, status: 'True'}]}}", "Ready", "")]
    [InlineData("apiregistration.k8s.io/v1 APIService", "{status: {conditions: [{type: Available, status: 'False', message: no endpoints}]}}", "Waiting", "no endpoints")]
    [InlineData("apiregistration.k8s.io/v1 APIService", "{status: {conditions: [{type: Available, status: 'True'}]}}", "Ready", "")]
    [InlineData("autoscaling/v2 HorizontalPodAutoscaler", "{}", "Ready", "")]
    [InlineData("autoscaling/v2 HorizontalPodAutoscaler", "{status: {conditions: [{type: AbleToScale, status: 'False', message: deployments web not found}]}}", "Waiting", "web not found")]
    [InlineData("autoscaling/v2 HorizontalPodAutoscaler", "{status: {conditions: [{type: AbleToScale, status: 'True'}, {type: ScalingActive, status: 'False'}]}}", "Ready", "")]
    [InlineData("policy/v1 PodDisruptionBudget", "{metadata: {generation: 1}}", "Waiting", "not seen")]
    [InlineData("policy/v1 PodDisruptionBudget", "{metadata: {generation: 1}, status: {observedGeneration: 1}}", "Ready", "")]
    [InlineData("example.com/v1 Widget", "{}", "Ready", "")]
    [InlineData("example.com/v1 Widget", "{metadata: {generation: 2}, status: {observedGeneration: 1}}", "Waiting", "not seen")]
    [InlineData("example.com/v1 Widget", "{status: {conditions: [{type: Ready, status: Unknown, message: making it}]}}", "Waiting", "making it")]
    [InlineData("example.com/v1 Widget", "{status: {conditions: [{type: Ready, status: 'False'}, {type: Stalled, status: 'True', message: out of stock}]}}", "Failed", "out of stock")]
    [InlineData("example.com/v1 Widget", "{metadata: {generation: 2}, status: {observedGeneration: 2, conditions: [{type: Ready, status: 'True'}]}}", "Ready", "")]
    public void An_object_is_judged_by_its_kind(string kind, string state, string expected, string words)
    {
        var (api, name) = (kind.Split(' ')[0], kind.Split(' ')[1]);
        var verdict = ReadinessRules.For(GroupVersionKind.Parse(api, name)).Judge(ApplyCluster.Objects(state)[0]);

        Assert.Equal(expected, verdict.State.ToString());
        Assert.Contains(words, verdict.Message);
    }
}
