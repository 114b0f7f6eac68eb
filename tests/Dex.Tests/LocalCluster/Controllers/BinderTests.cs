using Dex.Kubernetes.Model;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class BinderTests
{
    [Fact]
    public async Task A_pod_goes_to_the_node_and_its_events_say_so()
    {
        await using var cluster = await ControllerCluster.StartAsync();
        await PodAsync(cluster, "web");

        await cluster.EventuallyAsync(() => cluster.Get("pods", "web") is var pod && pod.Text("spec", "nodeName") == "node-1" && pod.HasCondition("PodScheduled"), "bound");
        await cluster.EventuallyAsync(() => cluster.Events("Scheduled").SequenceEqual(["Successfully assigned default/web to node-1"]), "its event");
    }

    [Fact]
    public async Task Without_a_node_a_pod_waits_until_there_is_one()
    {
        await using var cluster = await ControllerCluster.StartAsync(withNode: false);
        await PodAsync(cluster, "web");
        await cluster.EventuallyAsync(() => cluster.Events("FailedScheduling").SequenceEqual(["no nodes available to schedule pods"]), "refused");
        var condition = cluster.Get("pods", "web").Condition("PodScheduled")!;
        Assert.Equal(("False", "Unschedulable"), (condition.Text("status"), condition.Text("reason")));

        await cluster.AddNodeAsync("node-1");

        await cluster.EventuallyAsync(() => cluster.Get("pods", "web").Text("spec", "nodeName") == "node-1", "bound");
    }

    [Fact]
    public async Task A_cordoned_node_takes_no_pods_until_it_is_uncordoned()
    {
        await using var cluster = await ControllerCluster.StartAsync();
        await cluster.PatchSpecAsync("nodes", "node-1", """{"unschedulable":true}""", ns: "");
        await cluster.EventuallyAsync(() => cluster.Get("nodes", "node-1", "").Items("spec", "taints").Any(t => t.Text("key") == "node.kubernetes.io/unschedulable"), "tainted");
        await PodAsync(cluster, "web");
        await cluster.EventuallyAsync(() => cluster.Events("FailedScheduling").Any(m => m.StartsWith("0/1 nodes are available: 1 node(s) were unschedulable.")), "refused");

        await cluster.PatchSpecAsync("nodes", "node-1", """{"unschedulable":false}""", ns: "");

        await cluster.EventuallyAsync(() => cluster.Get("pods", "web").Text("spec", "nodeName") == "node-1", "bound");
        await cluster.EventuallyAsync(() => !cluster.Get("nodes", "node-1", "").Items("spec", "taints").Any(), "untainted");
    }

    [Theory]
    [InlineData(""" "nodeSelector":{"disk":"ssd"} """, "1 node(s) didn't match Pod's node affinity/selector")]
    [InlineData(""" "affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"disk","operator":"Exists"}]}]}}} """, "1 node(s) didn't match Pod's node affinity/selector")]
    [InlineData(""" "containers":[{"name":"main","image":"v1","resources":{"requests":{"cpu":"64"}}}] """, "1 Insufficient cpu")]
    [InlineData(""" "volumes":[{"name":"d","persistentVolumeClaim":{"claimName":"data"}}] """, "persistentvolumeclaim \"data\" not found")]
    public async Task A_pod_that_fits_nowhere_says_why(string spec, string reason)
    {
        await using var cluster = await ControllerCluster.StartAsync();

        await PodAsync(cluster, "web", spec);

        await cluster.EventuallyAsync(() => cluster.Events("FailedScheduling").Any(m => m.StartsWith($"0/1 nodes are available: {reason}. preemption:")), reason);
    }

    static Task PodAsync(ControllerCluster cluster, string name, string spec = """ "enableServiceLinks":true """) =>
        cluster.CreateAsync("pods", $$"""{"metadata":{"name":"{{name}}"},"spec":{ {{(spec.Contains("containers") ? spec : spec + ",\"containers\":[{\"name\":\"main\",\"image\":\"v1\"}]")}} } }""");
}
