using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class DeploymentTests : IAsyncLifetime
{
    const string Deployments = "deployments.apps";

    ControllerCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await ControllerCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_deployment_becomes_available_and_says_so()
    {
        await CreateAsync("web", replicas: 3);

        await ArrivedAsync("web");

        var web = _cluster.Get(Deployments, "web");
        var set = Assert.Single(_cluster.List("replicasets.apps"));
        Assert.Equal(3, _cluster.Pods("app=web").Count);
        Assert.Equal("1", web.Annotation("deployment.kubernetes.io/revision"));
        Assert.Equal(1, web.Generation());
        Assert.Equal(("True", "MinimumReplicasAvailable", "Deployment has minimum availability."), Condition(web, "Available"));
        Assert.Equal(("True", "NewReplicaSetAvailable", $"ReplicaSet \"{set.Name()}\" has successfully progressed."), Condition(web, "Progressing"));
        Assert.Equal("3", set.Annotation("deployment.kubernetes.io/desired-replicas"));
        Assert.Equal("4", set.Annotation("deployment.kubernetes.io/max-replicas"));
        Assert.StartsWith("web-" + set.Label("pod-template-hash"), set.Name());
        await _cluster.EventuallyAsync(() => _cluster.Events("SuccessfulCreate").Count == 3, "events of the pods");
        Assert.Equal([$"Scaled up replica set {set.Name()} from 0 to 3"], _cluster.Events("ScalingReplicaSet"));
    }

    [Fact]
    public async Task A_new_template_rolls_within_surge_and_unavailability()
    {
        await CreateAsync("web", replicas: 4, strategy: """{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%","maxUnavailable":1}}""");
        await ArrivedAsync("web");
        var most = 0L;
        var least = int.MaxValue;
        using var sets = _cluster.Registry.Subscribe("replicasets.apps", _ => most = Math.Max(most, Sizes().Sum()));
        using var pods = _cluster.Registry.Subscribe("pods", _ => least = Math.Min(least, _cluster.Pods("app=web").Count(p => p.HasCondition("Ready"))));

        await SetImageAsync("web", "v2");
        await ArrivedAsync("web");

        Assert.All(_cluster.Pods("app=web"), p => Assert.Equal("v2", Image(p)));
        Assert.InRange(most, 4, 5);
        Assert.InRange(least, 3, 4);
        Assert.Equal([0L, 4L], _cluster.List("replicasets.apps").Select(s => s.Number("spec", "replicas")!.Value).Order());
        Assert.Equal("2", _cluster.Get(Deployments, "web").Annotation("deployment.kubernetes.io/revision"));
    }

    [Fact]
    public async Task A_rollout_that_never_gets_ready_keeps_the_old_pods_and_misses_its_deadline()
    {
        await CreateAsync("web", replicas: 2, extra: ""","progressDeadlineSeconds":60""");
        await ArrivedAsync("web");
        _cluster.Kubelet.Decide = p => Image(p) == "bad" ? Fate.NotReady : Fate.Ready;

        await SetImageAsync("web", "bad");
        await _cluster.EventuallyAsync(() => _cluster.Pods("app=web").Any(p => Image(p) == "bad") && Condition("web", "Progressing").Reason == "ReplicaSetUpdated", "the rollout begins");
        _cluster.Clock.Advance(TimeSpan.FromSeconds(62));

        await _cluster.EventuallyAsync(() => Condition("web", "Progressing").Reason == "ProgressDeadlineExceeded", "the deadline is missed");
        var set = _cluster.List("replicasets.apps").Single(s => s.Number("spec", "replicas") == 1 && Image(s.Object("spec", "template")!) == "bad");
        Assert.Equal(("False", "ProgressDeadlineExceeded", $"ReplicaSet \"{set.Name()}\" has timed out progressing."), Condition("web", "Progressing"));
        Assert.Equal(2, _cluster.Pods("app=web").Count(p => p.HasCondition("Ready")));
    }

    [Fact]
    public async Task Recreate_ends_all_old_pods_before_the_first_new_one()
    {
        await CreateAsync("web", replicas: 2, strategy: """{"type":"Recreate"}""");
        await ArrivedAsync("web");
        _cluster.Kubelet.EndsPods = false;

        await SetImageAsync("web", "v2");
        await _cluster.EventuallyAsync(() => _cluster.Pods("app=web").Count == 0, "the old pods end");
        Assert.Single(_cluster.List("replicasets.apps"));

        _cluster.Kubelet.EndsPods = true;
        foreach (var pod in _cluster.List("pods"))
        {
            await _cluster.Registry.DeleteAsync(new("pods", "default", pod.Name()), new() { GracePeriodSeconds = 0 }, TestContext.Current.CancellationToken);
        }

        await ArrivedAsync("web");
        Assert.All(_cluster.Pods("app=web"), p => Assert.Equal("v2", Image(p)));
    }

    [Fact]
    public async Task Going_back_to_an_old_template_takes_its_replica_set_up_again_with_a_new_revision()
    {
        await CreateAsync("web", replicas: 1);
        await ArrivedAsync("web");
        await SetImageAsync("web", "v2");
        await ArrivedAsync("web");

        await SetImageAsync("web", "v1");
        await ArrivedAsync("web");

        var sets = _cluster.List("replicasets.apps");
        Assert.Equal(2, sets.Count);
        var back = sets.Single(s => s.Number("spec", "replicas") == 1);
        Assert.Equal("3", back.Annotation("deployment.kubernetes.io/revision"));
        Assert.Equal("1", back.Annotation("deployment.kubernetes.io/revision-history"));
    }

    [Fact]
    public async Task The_history_keeps_as_many_replica_sets_as_it_may()
    {
        await CreateAsync("web", replicas: 1, extra: ""","revisionHistoryLimit":1""");
        foreach (var image in (string[])["v2", "v3", "v4"])
        {
            await ArrivedAsync("web");
            await SetImageAsync("web", image);
        }

        await ArrivedAsync("web");
        await _cluster.EventuallyAsync(() => _cluster.List("replicasets.apps").Count == 2, "old replica sets are forgotten");
        Assert.Equal(["3", "4"], _cluster.List("replicasets.apps").Select(s => s.Annotation("deployment.kubernetes.io/revision")).Order());
    }

    [Fact]
    public async Task Scaling_resizes_without_a_new_revision()
    {
        await CreateAsync("web", replicas: 1);
        await ArrivedAsync("web");

        await _cluster.PatchSpecAsync(Deployments, "web", """{"replicas":4}""");
        await _cluster.EventuallyAsync(() => _cluster.Get(Deployments, "web").Number("status", "availableReplicas") == 4, "four pods");
        await _cluster.PatchSpecAsync(Deployments, "web", """{"replicas":0}""");
        await _cluster.EventuallyAsync(() => _cluster.Pods("app=web").Count == 0 && _cluster.Get(Deployments, "web").Number("status", "replicas") is null, "no pods");

        var set = Assert.Single(_cluster.List("replicasets.apps"));
        Assert.Equal("1", set.Annotation("deployment.kubernetes.io/revision"));
        Assert.Contains($"Scaled down replica set {set.Name()} from 4 to 0", _cluster.Events("ScalingReplicaSet"));
    }

    [Fact]
    public async Task Scaling_in_the_middle_of_a_rollout_grows_both_versions_in_proportion()
    {
        await CreateAsync("web", replicas: 10, strategy: """{"type":"RollingUpdate","rollingUpdate":{"maxSurge":3,"maxUnavailable":2}}""");
        await ArrivedAsync("web");
        _cluster.Kubelet.Decide = p => Image(p) == "bad" ? Fate.NotReady : Fate.Ready;
        await SetImageAsync("web", "bad");
        await _cluster.EventuallyAsync(() => Sizes() is [5, 8], "the rollout stands at 8 old and 5 new");

        await _cluster.PatchSpecAsync(Deployments, "web", """{"replicas":15}""");

        // 5 more pods: 8/13 and 5/13 of 18, as the documentation of Deployments works it out.
        await _cluster.EventuallyAsync(() => Sizes() is [7, 11], "18 pods in proportion");
    }

    [Fact]
    public async Task A_paused_deployment_does_not_roll_until_it_is_resumed()
    {
        await CreateAsync("web", replicas: 1);
        await ArrivedAsync("web");
        await _cluster.PatchSpecAsync(Deployments, "web", """{"paused":true}""");
        await _cluster.EventuallyAsync(() => Condition("web", "Progressing") == ("Unknown", "DeploymentPaused", "Deployment is paused"), "paused");

        await SetImageAsync("web", "v2");
        await _cluster.EventuallyAsync(() => _cluster.Get(Deployments, "web") is var d && d.Number("status", "observedGeneration") == d.Generation(), "it looked");
        Assert.Single(_cluster.List("replicasets.apps"));

        await _cluster.PatchSpecAsync(Deployments, "web", """{"paused":false}""");
        await ArrivedAsync("web");
        Assert.Equal("v2", Image(Assert.Single(_cluster.Pods("app=web"))));
    }

    [Fact]
    public async Task A_pod_that_is_deleted_comes_back_and_a_relabelled_one_is_let_go()
    {
        await CreateAsync("web", replicas: 2);
        await ArrivedAsync("web");
        var pods = _cluster.Pods("app=web");

        await _cluster.DeleteAsync("pods", pods[0].Name());
        await _cluster.Registry.UpdateAsync(new("pods", "default", pods[1].Name()), p => { p.SetLabel("app", "debug"); return true; }, "", TestContext.Current.CancellationToken);

        await _cluster.EventuallyAsync(() => _cluster.Pods("app=web").Count == 2, "two pods again");
        await _cluster.EventuallyAsync(() => _cluster.Get("pods", pods[1].Name()).OwnerReferences().Count == 0, "the other is nobody's");
    }

    [Fact]
    public async Task Min_ready_seconds_hold_availability_back()
    {
        await CreateAsync("web", replicas: 1, extra: ""","minReadySeconds":30""");
        await _cluster.EventuallyAsync(() => _cluster.Get(Deployments, "web").Number("status", "readyReplicas") == 1, "ready");
        Assert.Null(_cluster.Get(Deployments, "web").Number("status", "availableReplicas"));

        _cluster.Clock.Advance(TimeSpan.FromSeconds(31));

        await _cluster.EventuallyAsync(() => _cluster.Get(Deployments, "web").Number("status", "availableReplicas") == 1, "available");
    }

    [Fact]
    public async Task Two_hundred_deployments_at_once_all_arrive()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => CreateAsync($"app-{i}", replicas: 1)));

        await _cluster.EventuallyAsync(() => _cluster.List(Deployments).All(d => d.Number("status", "availableReplicas") == 1), "all available");
        Assert.Equal(200, _cluster.List("pods").Count);
    }

    Task CreateAsync(string name, int replicas, string strategy = """{"type":"RollingUpdate","rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"}}""", string extra = "") =>
        _cluster.CreateAsync(Deployments, $$"""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{name}}"},"spec":{"replicas":{{replicas}},"strategy":{{strategy}}{{(extra.Contains("progressDeadline") ? "" : ",\"progressDeadlineSeconds\":600")}}{{extra}},
             "selector":{"matchLabels":{"app":"{{name}}"} },
             "template":{"metadata":{"labels":{"app":"{{name}}"} },"spec":{"containers":[{"name":"main","image":"v1"}]} } } }
            """);

    Task SetImageAsync(string name, string image) => _cluster.Registry.UpdateAsync(new(Deployments, "default", name), d =>
    {
        d.Items("spec", "template", "spec", "containers").Single()["image"] = image;
        return true;
    }, "", TestContext.Current.CancellationToken);

    Task ArrivedAsync(string name) => _cluster.EventuallyAsync(() =>
    {
        var d = _cluster.Get(Deployments, name);
        var wanted = d.Number("spec", "replicas");
        return d.Number("status", "observedGeneration") == d.Generation() && d.Number("status", "updatedReplicas") == wanted
            && d.Number("status", "availableReplicas") == wanted && d.Number("status", "replicas") == wanted
            && Condition(d, "Progressing").Reason == "NewReplicaSetAvailable";
    }, $"{name} arrives");

    List<long> Sizes() => [.. _cluster.List("replicasets.apps").Select(s => s.Number("spec", "replicas")!.Value).Order()];

    (string Value, string Reason, string Message) Condition(string name, string type) => Condition(_cluster.Get(Deployments, name), type);

    static (string Value, string Reason, string Message) Condition(JsonObject obj, string type) =>
        obj.Condition(type) is { } c ? (c.Text("status") ?? "", c.Text("reason") ?? "", c.Text("message") ?? "") : ("", "", "");

    static string Image(JsonObject podOrTemplate) => podOrTemplate.Items("spec", "containers").Single().Text("image")!;
}
