using Dex.Kubernetes.Model;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class NamespaceTests : IAsyncLifetime
{
    ControllerCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await ControllerCluster.StartAsync();
        await _cluster.CreateAsync("namespaces", """{"metadata":{"name":"team"},"spec":{"finalizers":["kubernetes"]}}""", ns: "");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Every_namespace_gets_a_service_account_and_the_clusters_authority()
    {
        await _cluster.EventuallyAsync(() => Has("serviceaccounts", "default") && Has("configmaps", "kube-root-ca.crt"), "both");
        Assert.StartsWith("-----BEGIN CERTIFICATE", _cluster.Get("configmaps", "kube-root-ca.crt", "team").Text("data", "ca.crt"));

        await _cluster.DeleteAsync("serviceaccounts", "default", ns: "team");
        await _cluster.Registry.UpdateAsync(new("configmaps", "team", "kube-root-ca.crt"), m => { m.Child("data")["ca.crt"] = "forged"; return true; }, "", TestContext.Current.CancellationToken);

        await _cluster.EventuallyAsync(() => Has("serviceaccounts", "default"), "the account comes back");
        await _cluster.EventuallyAsync(() => _cluster.Get("configmaps", "kube-root-ca.crt", "team").Text("data", "ca.crt") != "forged", "the authority is put right");
    }

    [Fact]
    public async Task Deleting_a_namespace_deletes_what_is_in_it()
    {
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => _cluster.CreateAsync(i % 2 == 0 ? "configmaps" : "secrets", $$"""{"metadata":{"name":"o{{i}}"} }""", "team")));

        await _cluster.DeleteAsync("namespaces", "team", ns: "");

        await _cluster.EventuallyAsync(() => _cluster.Find("namespaces", "team", "") is null, "gone");
        Assert.Empty(_cluster.List("configmaps", "team"));
        Assert.Empty(_cluster.List("serviceaccounts", "team"));
    }

    [Fact]
    public async Task A_finalizer_holds_the_namespace_and_its_conditions_say_which()
    {
        await _cluster.CreateAsync("configmaps", """{"metadata":{"name":"held","finalizers":["example.com/hold"]}}""", "team");
        await _cluster.DeleteAsync("namespaces", "team", ns: "");

        await _cluster.EventuallyAsync(() => _cluster.Find("namespaces", "team", "")?.HasCondition("NamespaceFinalizersRemaining") == true, "its condition");
        var ns = _cluster.Get("namespaces", "team", "");
        Assert.Equal("Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances", ns.Condition("NamespaceFinalizersRemaining")!.Text("message"));
        Assert.Equal("Some resources are remaining: configmaps. has 1 resource instances", ns.Condition("NamespaceContentRemaining")!.Text("message"));
        Assert.Equal("Terminating", ns.Text("status", "phase"));

        await _cluster.Registry.UpdateAsync(new("configmaps", "team", "held"), m => { m.Metadata().Remove("finalizers"); return true; }, "", TestContext.Current.CancellationToken);
        await _cluster.EventuallyAsync(() => _cluster.Find("namespaces", "team", "") is null, "gone");
    }

    [Fact]
    public async Task A_namespace_waits_for_running_pods_and_their_jobs()
    {
        _cluster.Kubelet.EndsPods = false;
        await _cluster.CreateAsync("jobs.batch", """
            {"metadata":{"name":"work"},"spec":{"completions":1,"manualSelector":true,"selector":{"matchLabels":{"app":"work"}},
             "template":{"metadata":{"labels":{"app":"work"}},"spec":{"restartPolicy":"Never","containers":[{"name":"main","image":"v1"}]}}}}
            """, "team");
        await _cluster.EventuallyAsync(() => _cluster.List("pods", "team").Any(p => p.Text("status", "phase") == "Running"), "a pod runs");

        await _cluster.DeleteAsync("namespaces", "team", ns: "");
        await _cluster.EventuallyAsync(() => _cluster.List("jobs.batch", "team").Count == 0 && _cluster.List("pods", "team").All(p => p.DeletionTimestamp() is not null), "only the pod is left");
        Assert.NotNull(_cluster.Find("namespaces", "team", ""));

        var pod = _cluster.List("pods", "team").Single();
        await _cluster.Registry.DeleteAsync(new("pods", "team", pod.Name()), new() { GracePeriodSeconds = 0 }, TestContext.Current.CancellationToken);
        await _cluster.EventuallyAsync(() => _cluster.Find("namespaces", "team", "") is null, "gone");
    }

    bool Has(string resource, string name) => _cluster.Find(resource, name, "team") is not null;
}
