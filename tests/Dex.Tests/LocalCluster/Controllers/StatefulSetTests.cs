using Dex.Kubernetes.Model;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class StatefulSetTests : IAsyncLifetime
{
    const string Sets = "statefulsets.apps";

    ControllerCluster cluster = null!;

    public async ValueTask InitializeAsync() => cluster = await ControllerCluster.StartAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Pods_come_up_one_after_another_with_their_identity()
    {
        cluster.Kubelet.Decide = p => p.Name() == "db-1" ? Fate.NotReady : Fate.Ready;
        await CreateAsync(replicas: 3);

        await cluster.EventuallyAsync(() => Names() is ["db-0", "db-1"] && cluster.Get("pods", "db-1").Text("status", "phase") == "Running", "the second waits to be ready");
        var pod = cluster.Get("pods", "db-0");
        Assert.Equal(("db-0", "db"), (pod.Text("spec", "hostname"), pod.Text("spec", "subdomain")));
        Assert.Equal(("db-0", "0"), (pod.Label("statefulset.kubernetes.io/pod-name"), pod.Label("apps.kubernetes.io/pod-index")));

        await cluster.Kubelet.SetAsync(new("pods", "default", "db-1"), Fate.Ready);

        await cluster.EventuallyAsync(() => Status("readyReplicas") == 3, "all three");
        await cluster.EventuallyAsync(() => cluster.Events("SuccessfulCreate").Contains("create Pod db-2 in StatefulSet db successful"), "its event");
    }

    [Fact]
    public async Task Each_pod_keeps_its_claim_through_deletion_and_scaling()
    {
        await CreateAsync(replicas: 2, extra: Claim);
        await cluster.EventuallyAsync(() => Status("readyReplicas") == 2, "both");
        var claim = cluster.Get("persistentvolumeclaims", "data-db-1");
        Assert.Equal("data-db-1", cluster.Get("pods", "db-1").Items("spec", "volumes").First(v => v.Text("name") == "data").Text("persistentVolumeClaim", "claimName"));
        Assert.True(Directory.Exists(Path.Combine(cluster.Volumes, claim.Text("spec", "volumeName")!)));

        await cluster.PatchSpecAsync(Sets, "db", """{"replicas":1}""");
        await cluster.EventuallyAsync(() => Names() is ["db-0"], "the last goes first");
        await cluster.PatchSpecAsync(Sets, "db", """{"replicas":2}""");
        await cluster.EventuallyAsync(() => Status("readyReplicas") == 2, "both again");

        Assert.Equal(claim.Uid(), cluster.Get("persistentvolumeclaims", "data-db-1").Uid());
    }

    [Fact]
    public async Task A_retention_policy_takes_the_claims_of_pods_that_are_scaled_away()
    {
        await CreateAsync(replicas: 2, extra: Claim + ""","persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Delete","whenScaled":"Delete"}""");
        await cluster.EventuallyAsync(() => Status("readyReplicas") == 2, "both");

        await cluster.PatchSpecAsync(Sets, "db", """{"replicas":1}""");

        await cluster.EventuallyAsync(() => cluster.Find("persistentvolumeclaims", "data-db-1") is null, "its claim");
        await cluster.DeleteAsync(Sets, "db");
        await cluster.EventuallyAsync(() => cluster.List("persistentvolumeclaims").Count == 0 && cluster.List("persistentvolumes", null).Count == 0, "everything");
        Assert.Empty(Directory.GetDirectories(cluster.Volumes));
    }

    [Fact]
    public async Task A_new_template_replaces_pods_from_the_top_down_to_the_partition()
    {
        await CreateAsync(replicas: 3, extra: ""","updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":1}}""");
        await cluster.EventuallyAsync(() => Status("readyReplicas") == 3, "all three");

        await SetImageAsync("v2");

        await cluster.EventuallyAsync(() => Images() is ["v1", "v2", "v2"] && Status("updatedReplicas") == 2 && Status("readyReplicas") == 3, "two of three");
        var set = cluster.Get(Sets, "db");
        Assert.NotEqual(set.Text("status", "currentRevision"), set.Text("status", "updateRevision"));
        await cluster.DeleteAsync("pods", "db-0");
        await cluster.EventuallyAsync(() => Images().Count == 3 && Status("readyReplicas") == 3, "it is back");
        Assert.Equal(["v1", "v2", "v2"], Images());

        await cluster.PatchSpecAsync(Sets, "db", """{"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}}}""");
        await cluster.EventuallyAsync(() => Images() is ["v2", "v2", "v2"] && Status("currentReplicas") == 3, "all three");
        set = cluster.Get(Sets, "db");
        Assert.Equal(set.Text("status", "currentRevision"), set.Text("status", "updateRevision"));
    }

    [Fact]
    public async Task Revisions_are_kept_and_a_former_template_gets_the_highest_number()
    {
        await CreateAsync(replicas: 1);
        await cluster.EventuallyAsync(() => Status("readyReplicas") == 1, "ready");
        foreach (var image in (string[])["v2", "v1"])
        {
            await SetImageAsync(image);
            await cluster.EventuallyAsync(() => Images().SequenceEqual([image]) && Status("readyReplicas") == 1, image);
        }

        await cluster.EventuallyAsync(() => cluster.List("controllerrevisions.apps").Select(r => r.Number("revision")).Order().SequenceEqual([2L, 3L]), "two revisions");
        var latest = cluster.List("controllerrevisions.apps").Single(r => r.Number("revision") == 3);
        Assert.Equal("v1", latest.Object("data", "spec", "template")!.Items("spec", "containers").Single().Text("image"));
        Assert.Equal("replace", latest.Text("data", "spec", "template", "$patch"));
    }

    [Fact]
    public async Task A_parallel_set_does_not_wait()
    {
        cluster.Kubelet.Decide = _ => Fate.NotReady;

        await CreateAsync(replicas: 3, extra: ""","podManagementPolicy":"Parallel" """);

        await cluster.EventuallyAsync(() => Names() is ["db-0", "db-1", "db-2"], "all at once");
    }

    const string Claim = ""","volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}]""";

    List<string> Names() => [.. cluster.Pods().Select(p => p.Name()).Order(StringComparer.Ordinal)];

    List<string> Images() => [.. cluster.Pods().OrderBy(p => p.Name(), StringComparer.Ordinal).Select(p => p.Items("spec", "containers").Single().Text("image")!)];

    long? Status(string field) => cluster.Get(Sets, "db").Number("status", field);

    Task CreateAsync(int replicas, string extra = "") => cluster.CreateAsync(Sets, $$"""
        {"metadata":{"name":"db"},"spec":{"replicas":{{replicas}},"serviceName":"db","selector":{"matchLabels":{"app":"db"} }{{extra}},
         "template":{"metadata":{"labels":{"app":"db"} },"spec":{"containers":[{"name":"main","image":"v1"}]} } } }
        """);

    Task SetImageAsync(string image) => cluster.Registry.UpdateAsync(new(Sets, "default", "db"), d =>
    {
        d.Items("spec", "template", "spec", "containers").Single()["image"] = image;
        return true;
    }, "", TestContext.Current.CancellationToken);
}
