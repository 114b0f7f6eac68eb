using Dex.Kubernetes.Model;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class StatefulSetTests : IAsyncLifetime
{
    const string Sets = "statefulsets.apps";

    ControllerCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await ControllerCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Pods_come_up_one_after_another_with_their_identity()
    {
        _cluster.Kubelet.Decide = p => p.Name() == "db-1" ? Fate.NotReady : Fate.Ready;
        await CreateAsync(replicas: 3);

        await _cluster.EventuallyAsync(() => Names() is ["db-0", "db-1"] && _cluster.Get("pods", "db-1").Text("status", "phase") == "Running", "the second waits to be ready");
        var pod = _cluster.Get("pods", "db-0");
        Assert.Equal(("db-0", "db"), (pod.Text("spec", "hostname"), pod.Text("spec", "subdomain")));
        Assert.Equal(("db-0", "0"), (pod.Label("statefulset.kubernetes.io/pod-name"), pod.Label("apps.kubernetes.io/pod-index")));

        await _cluster.Kubelet.SetAsync(new("pods", "default", "db-1"), Fate.Ready);

        await _cluster.EventuallyAsync(() => Status("readyReplicas") == 3, "all three");
        await _cluster.EventuallyAsync(() => _cluster.Events("SuccessfulCreate").Contains("create Pod db-2 in StatefulSet db successful"), "its event");
    }

    [Fact]
    public async Task Each_pod_keeps_its_claim_through_deletion_and_scaling()
    {
        await CreateAsync(replicas: 2, extra: Claim);
        await _cluster.EventuallyAsync(() => Status("readyReplicas") == 2, "both");
        var claim = _cluster.Get("persistentvolumeclaims", "data-db-1");
        Assert.Equal("data-db-1", _cluster.Get("pods", "db-1").Items("spec", "volumes").First(v => v.Text("name") == "data").Text("persistentVolumeClaim", "claimName"));
        Assert.True(Directory.Exists(Path.Combine(_cluster.Volumes, claim.Text("spec", "volumeName")!)));

        await _cluster.PatchSpecAsync(Sets, "db", """{"replicas":1}""");
        await _cluster.EventuallyAsync(() => Names() is ["db-0"], "the last goes first");
        await _cluster.PatchSpecAsync(Sets, "db", """{"replicas":2}""");
        await _cluster.EventuallyAsync(() => Status("readyReplicas") == 2, "both again");

        Assert.Equal(claim.Uid(), _cluster.Get("persistentvolumeclaims", "data-db-1").Uid());
    }

    [Fact]
    public async Task A_retention_policy_takes_the_claims_of_pods_that_are_scaled_away()
    {
        await CreateAsync(replicas: 2, extra: Claim + ""","persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Delete","whenScaled":"Delete"}""");
        await _cluster.EventuallyAsync(() => Status("readyReplicas") == 2, "both");

        await _cluster.PatchSpecAsync(Sets, "db", """{"replicas":1}""");

        await _cluster.EventuallyAsync(() => _cluster.Find("persistentvolumeclaims", "data-db-1") is null, "its claim");
        await _cluster.DeleteAsync(Sets, "db");
        await _cluster.EventuallyAsync(() => _cluster.List("persistentvolumeclaims").Count == 0 && _cluster.List("persistentvolumes", null).Count == 0, "everything");
        Assert.Empty(Directory.GetDirectories(_cluster.Volumes));
    }

    [Fact]
    public async Task A_new_template_replaces_pods_from_the_top_down_to_the_partition()
    {
        await CreateAsync(replicas: 3, extra: ""","updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":1}}""");
        await _cluster.EventuallyAsync(() => Status("readyReplicas") == 3, "all three");

        await SetImageAsync("v2");

        await _cluster.EventuallyAsync(() => Images() is ["v1", "v2", "v2"] && Status("updatedReplicas") == 2 && Status("readyReplicas") == 3, "two of three");
        var set = _cluster.Get(Sets, "db");
        Assert.NotEqual(set.Text("status", "currentRevision"), set.Text("status", "updateRevision"));
        await _cluster.DeleteAsync("pods", "db-0");
        await _cluster.EventuallyAsync(() => Images().Count == 3 && Status("readyReplicas") == 3, "it is back");
        Assert.Equal(["v1", "v2", "v2"], Images());

        await _cluster.PatchSpecAsync(Sets, "db", """{"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}}}""");
        await _cluster.EventuallyAsync(() => Images() is ["v2", "v2", "v2"] && Status("currentReplicas") == 3, "all three");
        set = _cluster.Get(Sets, "db");
        Assert.Equal(set.Text("status", "currentRevision"), set.Text("status", "updateRevision"));
    }

    [Fact]
    public async Task Revisions_are_kept_and_a_former_template_gets_the_highest_number()
    {
        await CreateAsync(replicas: 1);
        await _cluster.EventuallyAsync(() => Status("readyReplicas") == 1, "ready");
        foreach (var image in (string[])["v2", "v1"])
        {
            await SetImageAsync(image);
            await _cluster.EventuallyAsync(() => Images().SequenceEqual([image]) && Status("readyReplicas") == 1, image);
        }

        await _cluster.EventuallyAsync(() => _cluster.List("controllerrevisions.apps").Select(r => r.Number("revision")).Order().SequenceEqual([2L, 3L]), "two revisions");
        var latest = _cluster.List("controllerrevisions.apps").Single(r => r.Number("revision") == 3);
        Assert.Equal("v1", latest.Object("data", "spec", "template")!.Items("spec", "containers").Single().Text("image"));
        Assert.Equal("replace", latest.Text("data", "spec", "template", "$patch"));
    }

    [Fact]
    public async Task A_parallel_set_does_not_wait()
    {
        _cluster.Kubelet.Decide = _ => Fate.NotReady;

        await CreateAsync(replicas: 3, extra: ""","podManagementPolicy":"Parallel" """);

        await _cluster.EventuallyAsync(() => Names() is ["db-0", "db-1", "db-2"], "all at once");
    }

    const string Claim = ""","volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}]""";

    List<string> Names() => [.. _cluster.Pods().Select(p => p.Name()).Order(StringComparer.Ordinal)];

    List<string> Images() => [.. _cluster.Pods().OrderBy(p => p.Name(), StringComparer.Ordinal).Select(p => p.Items("spec", "containers").Single().Text("image")!)];

    long? Status(string field) => _cluster.Get(Sets, "db").Number("status", field);

    Task CreateAsync(int replicas, string extra = "") => _cluster.CreateAsync(Sets, $$"""
        {"metadata":{"name":"db"},"spec":{"replicas":{{replicas}},"serviceName":"db","selector":{"matchLabels":{"app":"db"} }{{extra}},
         "template":{"metadata":{"labels":{"app":"db"} },"spec":{"containers":[{"name":"main","image":"v1"}]} } } }
        """);

    Task SetImageAsync(string image) => _cluster.Registry.UpdateAsync(new(Sets, "default", "db"), d =>
    {
        d.Items("spec", "template", "spec", "containers").Single()["image"] = image;
        return true;
    }, "", TestContext.Current.CancellationToken);
}
