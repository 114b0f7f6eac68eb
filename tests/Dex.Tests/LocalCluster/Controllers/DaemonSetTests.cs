using Dex.Kubernetes.Model;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class DaemonSetTests : IAsyncLifetime
{
    const string Sets = "daemonsets.apps";

    ControllerCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await ControllerCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Every_node_gets_one_pod_a_cordoned_one_too()
    {
        await _cluster.PatchSpecAsync("nodes", "node-1", """{"unschedulable":true}""", ns: "");
        await CreateAsync();
        await _cluster.EventuallyAsync(() => Status("numberAvailable") == 1, "one pod");

        await _cluster.AddNodeAsync("node-2");

        await _cluster.EventuallyAsync(() => Status("numberAvailable") == 2, "two pods");
        Assert.Equal(["node-1", "node-2"], _cluster.Pods().Select(p => p.Text("spec", "nodeName")).Order());
    }

    [Fact]
    public async Task Nodes_that_stop_matching_lose_their_pod()
    {
        await CreateAsync(""" "nodeSelector":{"disk":"ssd"}, """);
        await _cluster.EventuallyAsync(() => Status("desiredNumberScheduled") == 0, "nothing to do");
        await LabelAsync("ssd");
        await _cluster.EventuallyAsync(() => Status("numberAvailable") == 1, "one pod");

        await LabelAsync("none");

        await _cluster.EventuallyAsync(() => _cluster.Pods().Count == 0 && Status("desiredNumberScheduled") == 0, "no pod");
    }

    [Fact]
    public async Task A_new_template_replaces_the_pod_and_is_kept_as_a_revision()
    {
        await CreateAsync();
        await _cluster.EventuallyAsync(() => Status("numberAvailable") == 1, "one pod");

        await _cluster.Registry.UpdateAsync(new(Sets, "default", "agent"), d =>
        {
            d.Items("spec", "template", "spec", "containers").Single()["image"] = "v2";
            return true;
        }, "", TestContext.Current.CancellationToken);

        await _cluster.EventuallyAsync(() => Status("updatedNumberScheduled") == 1 && Status("numberAvailable") == 1 && _cluster.Pods().Any(p => p.Items("spec", "containers").Single().Text("image") == "v2"), "rolled");
        Assert.Equal([1L, 2L], _cluster.List("controllerrevisions.apps").Select(r => r.Number("revision")!.Value).Order());
    }

    [Fact]
    public async Task A_pod_that_failed_is_made_anew()
    {
        await CreateAsync();
        await _cluster.EventuallyAsync(() => Status("numberAvailable") == 1, "one pod");
        var failed = _cluster.Pods().Single();

        await _cluster.Kubelet.SetAsync(new("pods", "default", failed.Name()), Fate.Fails);

        await _cluster.EventuallyAsync(() => _cluster.Find("pods", failed.Name()) is null && Status("numberAvailable") == 1, "another pod");
        await _cluster.EventuallyAsync(() => _cluster.Events("FailedDaemonPod").Count == 1, "its event");
    }

    long? Status(string field) => _cluster.Get(Sets, "agent").Number("status", field);

    Task LabelAsync(string disk) => _cluster.Registry.UpdateAsync(new("nodes", "", "node-1"), n => { n.SetLabel("disk", disk); return true; }, "", TestContext.Current.CancellationToken);

    Task CreateAsync(string podSpec = "") => _cluster.CreateAsync(Sets, $$"""
        {"metadata":{"name":"agent"},"spec":{"selector":{"matchLabels":{"app":"agent"} },
         "template":{"metadata":{"labels":{"app":"agent"} },"spec":{ {{podSpec}} "containers":[{"name":"main","image":"v1"}]} } } }
        """);
}
