using Dex.Kubernetes.Model;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class NamespaceTests : IAsyncLifetime
{
    ControllerCluster cluster = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await ControllerCluster.StartAsync();
        await cluster.CreateAsync("namespaces", """{"metadata":{"name":"team"},"spec":{"finalizers":["kubernetes"]}}""", ns: "");
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Every_namespace_gets_a_service_account_and_the_clusters_authority()
    {
        await cluster.EventuallyAsync(() => Has("serviceaccounts", "default") && Has("configmaps", "kube-root-ca.crt"), "both");
        Assert.StartsWith("-----BEGIN CERTIFICATE", cluster.Get("configmaps", "kube-root-ca.crt", "team").Text("data", "ca.crt"));

        await cluster.DeleteAsync("serviceaccounts", "default", ns: "team");
        await cluster.Registry.UpdateAsync(new("configmaps", "team", "kube-root-ca.crt"), m => { m.Child("data")["ca.crt"] = "forged"; return true; }, "", TestContext.Current.CancellationToken);

        await cluster.EventuallyAsync(() => Has("serviceaccounts", "default"), "the account comes back");
        await cluster.EventuallyAsync(() => cluster.Get("configmaps", "kube-root-ca.crt", "team").Text("data", "ca.crt") != "forged", "the authority is put right");
    }

    [Fact]
    public async Task Deleting_a_namespace_deletes_what_is_in_it()
    {
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => cluster.CreateAsync(i % 2 == 0 ? "configmaps" : "secrets", $$"""{"metadata":{"name":"o{{i}}"} }""", "team")));

        await cluster.DeleteAsync("namespaces", "team", ns: "");

        await cluster.EventuallyAsync(() => cluster.Find("namespaces", "team", "") is null, "gone");
        Assert.Empty(cluster.List("configmaps", "team"));
        Assert.Empty(cluster.List("serviceaccounts", "team"));
    }

    [Fact]
    public async Task A_finalizer_holds_the_namespace_and_its_conditions_say_which()
    {
        await cluster.CreateAsync("configmaps", """{"metadata":{"name":"held","finalizers":["example.com/hold"]}}""", "team");
        await cluster.DeleteAsync("namespaces", "team", ns: "");

        await cluster.EventuallyAsync(() => cluster.Find("namespaces", "team", "")?.HasCondition("NamespaceFinalizersRemaining") == true, "its condition");
        var ns = cluster.Get("namespaces", "team", "");
        Assert.Equal("Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances", ns.Condition("NamespaceFinalizersRemaining")!.Text("message"));
        Assert.Equal("Some resources are remaining: configmaps. has 1 resource instances", ns.Condition("NamespaceContentRemaining")!.Text("message"));
        Assert.Equal("Terminating", ns.Text("status", "phase"));

        await cluster.Registry.UpdateAsync(new("configmaps", "team", "held"), m => { m.Metadata().Remove("finalizers"); return true; }, "", TestContext.Current.CancellationToken);
        await cluster.EventuallyAsync(() => cluster.Find("namespaces", "team", "") is null, "gone");
    }

    [Fact]
    public async Task A_namespace_waits_for_running_pods_and_their_jobs()
    {
        cluster.Kubelet.EndsPods = false;
        await cluster.CreateAsync("jobs.batch", """
            {"metadata":{"name":"work"},"spec":{"completions":1,"manualSelector":true,"selector":{"matchLabels":{"app":"work"}},
             "template":{"metadata":{"labels":{"app":"work"}},"spec":{"restartPolicy":"Never","containers":[{"name":"main","image":"v1"}]}}}}
            """, "team");
        await cluster.EventuallyAsync(() => cluster.List("pods", "team").Any(p => p.Text("status", "phase") == "Running"), "a pod runs");

        await cluster.DeleteAsync("namespaces", "team", ns: "");
        await cluster.EventuallyAsync(() => cluster.List("jobs.batch", "team").Count == 0 && cluster.List("pods", "team").All(p => p.DeletionTimestamp() is not null), "only the pod is left");
        Assert.NotNull(cluster.Find("namespaces", "team", ""));

        var pod = cluster.List("pods", "team").Single();
        await cluster.Registry.DeleteAsync(new("pods", "team", pod.Name()), new() { GracePeriodSeconds = 0 }, TestContext.Current.CancellationToken);
        await cluster.EventuallyAsync(() => cluster.Find("namespaces", "team", "") is null, "gone");
    }

    bool Has(string resource, string name) => cluster.Find(resource, name, "team") is not null;
}
