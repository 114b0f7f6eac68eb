using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.Tests.LocalCluster.Controllers;

/// <summary>Quotas, limit ranges, disruption budgets and autoscalers.</summary>
public sealed class PolicyTests : IAsyncLifetime
{
    ControllerCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await ControllerCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_quota_counts_what_is_used_and_refuses_more()
    {
        await _cluster.CreateAsync("resourcequotas", """{"metadata":{"name":"small"},"spec":{"hard":{"pods":"1","requests.memory":"1Gi","count/configmaps":"9"}}}""");
        await PodAsync("a", """{"requests":{"memory":"512Mi"}}""");

        await _cluster.EventuallyAsync(() => _cluster.Get("resourcequotas", "small").Text("status", "used", "requests.memory") == "512Mi", "used");
        Assert.Equal("1", _cluster.Get("resourcequotas", "small").Text("status", "used", "pods"));

        var refused = await Assert.ThrowsAsync<ApiException>(() => PodAsync("b", """{"requests":{"memory":"600Mi"}}"""));
        Assert.Equal("pods \"b\" is forbidden: exceeded quota: small, requested: pods=1,requests.memory=600Mi, used: pods=1,requests.memory=512Mi, limited: pods=1,requests.memory=1Gi", refused.Status.Message);
        refused = await Assert.ThrowsAsync<ApiException>(() => PodAsync("c", "{}"));
        Assert.Equal("pods \"c\" is forbidden: failed quota: small: must specify requests.memory for: main", refused.Status.Message);
    }

    [Fact]
    public async Task A_quota_holds_against_many_at_once_and_the_replica_set_says_so()
    {
        await _cluster.CreateAsync("resourcequotas", """{"metadata":{"name":"three"},"spec":{"hard":{"pods":"3"}}}""");

        await DeploymentAsync(replicas: 8);

        await _cluster.EventuallyAsync(() => _cluster.List("replicasets.apps").Any(s => s.Condition("ReplicaFailure")?.Text("reason") == "FailedCreate"), "refused");
        await _cluster.EventuallyAsync(() => _cluster.Get("deployments.apps", "web").HasCondition("ReplicaFailure"), "the deployment, too");
        await _cluster.EventuallyAsync(() => _cluster.Events("FailedCreate").Any(m => m.Contains("exceeded quota: three, requested: pods=1, used: pods=3, limited: pods=3")), "its event");
        Assert.Equal(3, _cluster.List("pods").Count);

        await _cluster.PatchSpecAsync("resourcequotas", "three", """{"hard":{"pods":"10"}}""");
        await _cluster.EventuallyAsync(() => _cluster.List("pods").Count == 8, "all of them, once there is room");
    }

    [Theory]
    [InlineData("services", """{"type":"NodePort"}""", "services.nodeports=1, used: services.nodeports=0, limited: services.nodeports=0")]
    [InlineData("persistentvolumeclaims", """{"resources":{"requests":{"storage":"3Gi"}}}""", "requests.storage=2Gi, used: requests.storage=1Gi, limited: requests.storage=2Gi")]
    public async Task A_quota_refuses_a_change_that_asks_for_more_than_is_left(string resource, string change, string refusal)
    {
        await _cluster.CreateAsync("resourcequotas", """{"metadata":{"name":"q"},"spec":{"hard":{"services.nodeports":"0","services":"1","requests.storage":"2Gi"}}}""");
        await _cluster.CreateAsync("storageclasses.storage.k8s.io", """{"metadata":{"name":"grows"},"provisioner":"p","allowVolumeExpansion":true}""");
        await _cluster.CreateAsync("services", """{"metadata":{"name":"x"},"spec":{"ports":[{"port":80}]}}""");
        await _cluster.CreateAsync("persistentvolumeclaims", """{"metadata":{"name":"x"},"spec":{"storageClassName":"grows","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""");
        await _cluster.Registry.UpdateAsync(new("persistentvolumeclaims", "default", "x"), c => { c.Child("status")["phase"] = "Bound"; return true; }, "status", TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<ApiException>(() => _cluster.PatchSpecAsync(resource, "x", change));

        Assert.Equal($"{resource} \"x\" is forbidden: exceeded quota: q, requested: {refusal}", refused.Status.Message);
        await _cluster.PatchSpecAsync("services", "x", """{"sessionAffinity":"ClientIP"}""");
        await _cluster.PatchSpecAsync("resourcequotas", "q", """{"hard":{"services.nodeports":"1","services":"1","requests.storage":"3Gi"}}""");
        await _cluster.PatchSpecAsync(resource, "x", change);
    }

    [Fact]
    public async Task A_limit_range_fills_in_and_refuses()
    {
        await _cluster.CreateAsync("limitranges", """
            {"metadata":{"name":"sizes"},"spec":{"limits":[{"type":"Container","default":{"cpu":"500m"},"defaultRequest":{"cpu":"100m"},"max":{"cpu":"1"}}]}}
            """);
        await PodAsync("a", "{}");
        var container = _cluster.Get("pods", "a").Items("spec", "containers").Single();
        Assert.Equal(("100m", "500m"), (container.Text("resources", "requests", "cpu"), container.Text("resources", "limits", "cpu")));

        var refused = await Assert.ThrowsAsync<ApiException>(() => PodAsync("b", """{"limits":{"cpu":"2"}}"""));
        Assert.Equal("pods \"b\" is forbidden: maximum cpu usage per Container is 1, but limit is 2", refused.Status.Message);
    }

    [Theory]
    [InlineData(""" "minAvailable":2 """, 1)]
    [InlineData(""" "minAvailable":"100%" """, 0)]
    [InlineData(""" "maxUnavailable":1 """, 1)]
    [InlineData(""" "maxUnavailable":"50%" """, 2)]
    public async Task A_budget_says_how_many_disruptions_it_allows(string spec, int allowed)
    {
        await DeploymentAsync(replicas: 3);
        await _cluster.CreateAsync("poddisruptionbudgets.policy", $$"""{"metadata":{"name":"web"},"spec":{"selector":{"matchLabels":{"app":"web"} }, {{spec}} } }""");

        await _cluster.EventuallyAsync(() => Budget().Number("status", "currentHealthy") == 3 && Budget().Number("status", "disruptionsAllowed") == allowed, "allowed");
        Assert.Equal(allowed > 0 ? "SufficientPods" : "InsufficientPods", Budget().Condition("DisruptionAllowed")!.Text("reason"));

        await _cluster.Kubelet.SetAsync(new("pods", "default", _cluster.Pods()[0].Name()), Fate.NotReady);
        await _cluster.EventuallyAsync(() => Budget().Number("status", "disruptionsAllowed") == Math.Max(0, allowed - 1), "one less");
    }

    [Fact]
    public async Task An_autoscaler_follows_the_use_up_at_once_and_down_after_its_window()
    {
        await DeploymentAsync(replicas: 1, resources: """{"requests":{"cpu":"100m"}}""");
        await _cluster.EventuallyAsync(() => _cluster.Pods().Any(p => p.HasCondition("Ready")), "a pod");
        Use(0.3);
        await _cluster.CreateAsync("horizontalpodautoscalers.autoscaling", """
            {"metadata":{"name":"web"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"},"minReplicas":1,"maxReplicas":10,
             "metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":100}}}]}}
            """);

        await _cluster.EventuallyAsync(() => _cluster.Get("deployments.apps", "web").Number("spec", "replicas") == 3, "three for three times the target");
        await _cluster.EventuallyAsync(() => _cluster.Events("SuccessfulRescale").Contains("New size: 3; reason: cpu resource utilization (percentage of request) above target"), "its event");
        await _cluster.EventuallyAsync(() => Scaler().Condition("AbleToScale")?.Text("reason") == "SucceededRescale", "its condition");
        Assert.Equal(300, Scaler().Items("status", "currentMetrics").Single().Number("resource", "current", "averageUtilization"));

        await _cluster.EventuallyAsync(() => _cluster.Pods().Count(p => p.HasCondition("Ready")) == 3, "three pods");
        Use(0.01);
        for (var quarter = 0; quarter < 25; quarter++)
        {
            var before = _cluster.Clock.GetUtcNow();
            Use(0.01);
            _cluster.Clock.Advance(TimeSpan.FromSeconds(15));
            await _cluster.EventuallyAsync(() => _cluster.Clock.Timers > 0 && _cluster.Clock.GetUtcNow() > before, "a look");
            if (quarter < 10)
                Assert.Equal(3, _cluster.Get("deployments.apps", "web").Number("spec", "replicas"));
        }

        await _cluster.EventuallyAsync(() =>
        {
            _cluster.Clock.Advance(TimeSpan.FromSeconds(1));
            return _cluster.Get("deployments.apps", "web").Number("spec", "replicas") == 1;
        }, "one again");
    }

    [Fact]
    public async Task Without_metrics_the_autoscaler_says_so_and_leaves_the_size()
    {
        await DeploymentAsync(replicas: 2);
        await _cluster.CreateAsync("horizontalpodautoscalers.autoscaling", """
            {"metadata":{"name":"web"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"},"maxReplicas":10,
             "metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}}]}}
            """);

        await _cluster.EventuallyAsync(() => _cluster.Get("horizontalpodautoscalers.autoscaling", "web").Condition("ScalingActive")?.Text("reason") == "FailedGetResourceMetric", "its condition");
        Assert.Equal(2, _cluster.Get("deployments.apps", "web").Number("spec", "replicas"));
    }

    [Fact]
    public async Task Events_go_an_hour_after_they_last_happened()
    {
        await DeploymentAsync(replicas: 1);
        await _cluster.EventuallyAsync(() => _cluster.List("events").Count >= 3, "events");

        _cluster.Clock.Advance(TimeSpan.FromMinutes(61));

        await _cluster.EventuallyAsync(() => _cluster.List("events").Count == 0, "none");
    }

    void Use(double cores)
    {
        foreach (var pod in _cluster.Pods())
            _cluster.Usages[pod.Uid()] = new(cores, 1 << 20);
    }

    System.Text.Json.Nodes.JsonObject Scaler() => _cluster.Get("horizontalpodautoscalers.autoscaling", "web");

    System.Text.Json.Nodes.JsonObject Budget() => _cluster.Get("poddisruptionbudgets.policy", "web");

    Task<StoredObject> PodAsync(string name, string resources) =>
        _cluster.CreateAsync("pods", $$"""{"metadata":{"name":"{{name}}"},"spec":{"containers":[{"name":"main","image":"v1","resources":{{resources}} }]} }""");

    Task DeploymentAsync(int replicas, string resources = "{}") => _cluster.CreateAsync("deployments.apps", $$"""
        {"metadata":{"name":"web"},"spec":{"replicas":{{replicas}},"selector":{"matchLabels":{"app":"web"} },
         "template":{"metadata":{"labels":{"app":"web"} },"spec":{"containers":[{"name":"main","image":"v1","resources":{{resources}} }]} } } }
        """);
}
