using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class EndpointsTests : IAsyncLifetime
{
    ControllerCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await ControllerCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Ready_pods_stand_in_endpoints_and_slices_with_their_resolved_ports()
    {
        await PodAsync("a", "app", 8080);
        await ServiceAsync(""" "ports":[{"name":"web","port":80,"targetPort":"http"}] """);

        await _cluster.EventuallyAsync(() => Slices().Any(s => Ready(s) == 1), "one ready endpoint");

        var slice = Assert.Single(Slices());
        var ip = _cluster.Get("pods", "a").Text("status", "podIP");
        Assert.Equal(("web", 8080L, "TCP"), Port(slice));
        Assert.Equal("endpointslice-controller.k8s.io", slice.Label("endpointslice.kubernetes.io/managed-by"));
        Assert.Equal("Service", slice.ControllerOwner()!.Kind);
        var endpoint = slice.Items("endpoints").Single();
        Assert.Equal(ip, endpoint.TextList("addresses").Single());
        Assert.Equal(("a", "node-1"), (endpoint.Text("targetRef", "name"), endpoint.Text("nodeName")));
        await _cluster.EventuallyAsync(() => _cluster.Find("endpoints", "web")?.Items("subsets").Any() == true, "endpoints");
        var subset = _cluster.Get("endpoints", "web").Items("subsets").Single();
        Assert.Equal(ip, subset.Items("addresses").Single().Text("ip"));
        Assert.Equal(8080, subset.Items("ports").Single().Number("port"));
    }

    [Fact]
    public async Task A_pod_that_is_not_ready_is_listed_as_such_and_a_finished_one_is_not()
    {
        _cluster.Kubelet.Decide = p => p.Name() == "done" ? Fate.Succeeds : Fate.NotReady;
        await PodAsync("a", "app", 8080);
        await PodAsync("done", "app", 8080);
        await ServiceAsync(""" "ports":[{"port":80,"targetPort":8080}] """);

        await _cluster.EventuallyAsync(() => _cluster.Find("endpoints", "web")?.Items("subsets").Any(s => s.Items("notReadyAddresses").Count() == 1) == true, "not ready");

        var endpoint = Assert.Single(Assert.Single(Slices()).Items("endpoints"));
        Assert.Equal((false, false, false), Conditions(endpoint));
        Assert.Empty(_cluster.Get("endpoints", "web").Items("subsets").Single().Items("addresses"));
    }

    [Fact]
    public async Task A_pod_that_ends_is_still_serving_but_no_longer_ready()
    {
        await PodAsync("a", "app", 8080);
        await ServiceAsync(""" "ports":[{"port":80,"targetPort":8080}] """);
        await _cluster.EventuallyAsync(() => Slices().Any(s => Ready(s) == 1), "ready");
        _cluster.Kubelet.EndsPods = false;

        await _cluster.DeleteAsync("pods", "a");

        await _cluster.EventuallyAsync(() => Slices().SelectMany(s => s.Items("endpoints")).Select(Conditions).SequenceEqual([(false, true, true)]), "terminating");
        await _cluster.EventuallyAsync(() => !_cluster.Get("endpoints", "web").Items("subsets").Any(), "no endpoints");
    }

    [Fact]
    public async Task Pods_that_name_their_port_differently_stand_in_slices_of_their_own()
    {
        await PodAsync("a", "app", 8080);
        await PodAsync("b", "app", 9090);
        await ServiceAsync(""" "ports":[{"port":80,"targetPort":"http"}] """);

        await _cluster.EventuallyAsync(() => Slices().Select(s => Port(s).Port).Order().SequenceEqual([8080L, 9090L]), "two slices");

        await _cluster.DeleteAsync("pods", "b");
        await _cluster.EventuallyAsync(() => Slices().Select(s => Port(s).Port).SequenceEqual([8080L]), "one slice");
    }

    [Fact]
    public async Task Publishing_not_ready_addresses_makes_them_ready()
    {
        _cluster.Kubelet.Decide = _ => Fate.NotReady;
        await PodAsync("a", "app", 8080);
        await ServiceAsync(""" "clusterIP":"None","publishNotReadyAddresses":true,"ports":[{"port":80,"targetPort":8080}] """);

        await _cluster.EventuallyAsync(() => Slices().Any(s => Ready(s) == 1), "published");
        Assert.Equal("", Assert.Single(Slices()).Label("service.kubernetes.io/headless"));
    }

    [Fact]
    public async Task Without_pods_an_empty_slice_says_so()
    {
        await ServiceAsync(""" "ports":[{"port":80}] """);

        await _cluster.EventuallyAsync(() => Slices().Count == 1, "a slice");
        Assert.Empty(Slices().Single().Items("endpoints"));
    }

    [Fact]
    public async Task Hand_written_endpoints_of_a_service_without_selector_are_mirrored()
    {
        await _cluster.CreateAsync("services", """{"metadata":{"name":"db"},"spec":{"ports":[{"port":5432}]}}""");
        await _cluster.CreateAsync("endpoints", """{"metadata":{"name":"db"},"subsets":[{"addresses":[{"ip":"192.0.2.7"}],"ports":[{"port":5432,"protocol":"TCP"}]}]}""");

        await _cluster.EventuallyAsync(() => _cluster.List("endpointslices.discovery.k8s.io").Any(s => s.Items("endpoints").Any(e => e.TextList("addresses").Contains("192.0.2.7"))), "mirrored");
    }

    [Fact]
    public async Task Endpoints_go_with_their_service_and_those_without_one_stay()
    {
        await _cluster.CreateAsync("endpoints", """{"metadata":{"name":"leader"}}""");
        await ServiceAsync(""" "ports":[{"port":80}] """);
        await _cluster.EventuallyAsync(() => _cluster.Find("endpoints", "web") is not null, "endpoints");

        await _cluster.DeleteAsync("services", "web");

        await _cluster.EventuallyAsync(() => _cluster.Find("endpoints", "web") is null && Slices().Count == 0, "gone");
        Assert.NotNull(_cluster.Find("endpoints", "leader"));
    }

    List<JsonObject> Slices() => [.. _cluster.List("endpointslices.discovery.k8s.io").Where(s => s.Label("kubernetes.io/service-name") == "web")];

    static int Ready(JsonObject slice) => slice.Items("endpoints").Count(e => e.Flag("conditions", "ready") == true);

    static (string? Name, long? Port, string? Protocol) Port(JsonObject slice) =>
        slice.Items("ports").Select(p => (p.Text("name"), p.Number("port"), p.Text("protocol"))).FirstOrDefault();

    static (bool?, bool?, bool?) Conditions(JsonObject endpoint) =>
        (endpoint.Flag("conditions", "ready"), endpoint.Flag("conditions", "serving"), endpoint.Flag("conditions", "terminating"));

    Task ServiceAsync(string spec) => _cluster.CreateAsync("services", $$"""{"metadata":{"name":"web"},"spec":{"selector":{"app":"app"}, {{spec}} } }""");

    Task PodAsync(string name, string app, int port) => _cluster.CreateAsync("pods", $$"""
        {"metadata":{"name":"{{name}}","labels":{"app":"{{app}}"} },"spec":{"containers":[{"name":"main","image":"v1","ports":[{"name":"http","containerPort":{{port}}}]}]} }
        """);
}
