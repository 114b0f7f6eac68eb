using Dex.Kubernetes.Model;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class DaemonSetTests : IAsyncLifetime
{
    const string Sets = "daemonsets.apps";

    ControllerCluster cluster = null!;

    public async ValueTask InitializeAsync() => cluster = await ControllerCluster.StartAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Every_node_gets_one_pod_a_cordoned_one_too()
    {
        await cluster.PatchSpecAsync("nodes", "node-1", """{"unschedulable":true}""", ns: "");
        await CreateAsync();
        await cluster.EventuallyAsync(() => Status("numberAvailable") == 1, "one pod");

        await cluster.AddNodeAsync("node-2");

        await cluster.EventuallyAsync(() => Status("numberAvailable") == 2, "two pods");
        Assert.Equal(["node-1", "node-2"], cluster.Pods().Select(p => p.Text("spec", "nodeName")).Order());
    }

    [Fact]
    public async Task Nodes_that_stop_matching_lose_their_pod()
    {
        await CreateAsync(""" "nodeSelector":{"disk":"ssd"}, """);
        await cluster.EventuallyAsync(() => Status("desiredNumberScheduled") == 0, "nothing to do");
        await LabelAsync("ssd");
        await cluster.EventuallyAsync(() => Status("numberAvailable") == 1, "one pod");

        await LabelAsync("none");

        await cluster.EventuallyAsync(() => cluster.Pods().Count == 0 && Status("desiredNumberScheduled") == 0, "no pod");
    }

    [Fact]
    public async Task A_new_template_replaces_the_pod_and_is_kept_as_a_revision()
    {
        await CreateAsync();
        await cluster.EventuallyAsync(() => Status("numberAvailable") == 1, "one pod");

        await cluster.Registry.UpdateAsync(new(Sets, "default", "agent"), d =>
        {
            d.Items("spec", "template", "spec", "containers").Single()["image"] = "v2";
            return true;
        }, "", TestContext.Current.CancellationToken);

        await cluster.EventuallyAsync(() => Status("updatedNumberScheduled") == 1 && Status("numberAvailable") == 1 && cluster.Pods().Any(p => p.Items("spec", "containers").Single().Text("image") == "v2"), "rolled");
        Assert.Equal([1L, 2L], cluster.List("controllerrevisions.apps").Select(r => r.Number("revision")!.Value).Order());
    }

    [Fact]
    public async Task A_pod_that_failed_is_made_anew()
    {
        await CreateAsync();
        await cluster.EventuallyAsync(() => Status("numberAvailable") == 1, "one pod");
        var failed = cluster.Pods().Single();

        await cluster.Kubelet.SetAsync(new("pods", "default", failed.Name()), Fate.Fails);

        await cluster.EventuallyAsync(() => cluster.Find("pods", failed.Name()) is null && Status("numberAvailable") == 1, "another pod");
        await cluster.EventuallyAsync(() => cluster.Events("FailedDaemonPod").Count == 1, "its event");
    }

    long? Status(string field) => cluster.Get(Sets, "agent").Number("status", field);

    Task LabelAsync(string disk) => cluster.Registry.UpdateAsync(new("nodes", "", "node-1"), n => { n.SetLabel("disk", disk); return true; }, "", TestContext.Current.CancellationToken);

    Task CreateAsync(string podSpec = "") => cluster.CreateAsync(Sets, $$"""
        {"metadata":{"name":"agent"},"spec":{"selector":{"matchLabels":{"app":"agent"} },
         "template":{"metadata":{"labels":{"app":"agent"} },"spec":{ {{podSpec}} "containers":[{"name":"main","image":"v1"}]} } } }
        """);
}
