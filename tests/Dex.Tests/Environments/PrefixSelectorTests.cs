using Dex.App;
using Dex.Kubernetes.Model;
using static Dex.Tests.Environments.PrefixPlacements;

namespace Dex.Tests.Environments;

/// <summary>The prefix strategy as a function: selectors stay within the environment, and what cannot live beside others is refused.</summary>
public sealed class PrefixSelectorTests
{
    [Fact]
    public void Every_selector_is_narrowed_to_the_environment_but_those_into_other_namespaces()
    {
        var objects = Place("""
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: { name: net }
            spec:
              podSelector: {}
              ingress: [{ from: [{ podSelector: { matchLabels: { app: a } } }, { podSelector: {} }, { namespaceSelector: {}, podSelector: { matchLabels: { app: a } } }, { ipBlock: { cidr: 10.0.0.0/8 } }] }]
              egress: [{ to: [{ podSelector: {} }] }]
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata: { name: without }
            spec: { policyTypes: [Ingress] }
            ---
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: { name: p }
            spec: { selector: { matchExpressions: [{ key: app, operator: Exists }] } }
            ---
            apiVersion: monitoring.coreos.com/v1
            kind: ServiceMonitor
            metadata: { name: m }
            spec: { selector: { matchLabels: { app: a } }, endpoints: [{ port: http }] }
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: { name: d }
            spec:
              selector: { matchLabels: { app: a } }
              template:
                metadata: { labels: { app: a } }
                spec:
                  topologySpreadConstraints: [{ labelSelector: { matchLabels: { app: a } } }, { topologyKey: x }]
                  affinity:
                    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app: a } } }, { namespaces: [other], labelSelector: { matchLabels: { app: a } } }] }
                    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { labelSelector: { matchLabels: { app: a } } } }] }
            """);
        var narrowed = objects.Select(obj => obj.ToJsonString().Split($"\"dex.dev/env-id\":\"{Id}\"").Length - 1).ToList();
        // Beside its own label: a policy's selector and three peers; the missing selector; a budget; a monitor; a workload's template, selector, spread and two terms.
        Assert.Equal([5, 2, 2, 2, 6], narrowed);
        var policy = objects.One("NetworkPolicy", "net");
        Assert.Null(policy.Items("spec", "ingress").Single().Items("from").ElementAt(2).At("podSelector", "matchLabels", "dex.dev/env-id"));
        Assert.Equal("Exists", objects.One("PodDisruptionBudget").Items("spec", "selector", "matchExpressions").Single().Text("operator"));
    }

    [Theory]
    [InlineData("v1", "Service", "{ selector: { dex.dev/env-id: eother1 } }")]
    [InlineData("policy/v1", "PodDisruptionBudget", "{ selector: { matchExpressions: [{ key: dex.dev/env-id, operator: Exists }] } }")]
    public void A_selector_of_another_environment_is_refused(string apiVersion, string kind, string spec) =>
        Assert.Equal(["DEX4205"], Refused($"apiVersion: {apiVersion}\nkind: {kind}\nmetadata: {{ name: a }}\nspec: {spec}\n"));

    [Theory]
    [InlineData("rbac.authorization.k8s.io/v1", "ClusterRole", "DEX4201")]
    [InlineData("apiextensions.k8s.io/v1", "CustomResourceDefinition", "DEX4201")]
    [InlineData("v1", "Namespace", "DEX4201")]
    [InlineData("cert-manager.io/v1", "ClusterIssuer", "DEX4201")]
    [InlineData("example.com/v1", "Database", "DEX4202")]
    [InlineData("v1", "ResourceQuota", "DEX4203")]
    [InlineData("v1", "LimitRange", "DEX4203")]
    public void What_cannot_live_in_a_shared_namespace_is_refused(string apiVersion, string kind, string code) =>
        Assert.Equal([code], Refused($"apiVersion: {apiVersion}\nkind: {kind}\nmetadata: {{ name: a }}\n"));

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once_with_its_file()
    {
        var error = Assert.Throws<UserError>(() => Place("""
            apiVersion: v1
            kind: Namespace
            metadata: { name: a }
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: a, namespace: elsewhere }
            """));
        Assert.Equal(["DEX4201", "DEX4204"], error.Diagnostics.Select(diagnostic => diagnostic.Code));
        Assert.All(error.Diagnostics, diagnostic => Assert.StartsWith("k8s/app.yaml: ", diagnostic.Title));
    }
}
