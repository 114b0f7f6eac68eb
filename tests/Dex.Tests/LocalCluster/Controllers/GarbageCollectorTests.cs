using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class GarbageCollectorTests : IAsyncLifetime
{
    ControllerCluster cluster = null!;

    public async ValueTask InitializeAsync() => cluster = await ControllerCluster.StartAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Background_deletion_takes_the_dependents_afterwards()
    {
        var owner = await MapAsync("owner");
        var child = await MapAsync("child", owner);
        await MapAsync("grandchild", child);

        Assert.Null(await cluster.DeleteAsync("configmaps", "owner", "Background"));

        await cluster.EventuallyAsync(() => Gone("child") && Gone("grandchild"), "both generations");
    }

    [Fact]
    public async Task Foreground_deletion_waits_for_dependents_that_block()
    {
        var owner = await MapAsync("owner");
        await MapAsync("child", owner, finalizers: """["example.com/hold"]""");

        await cluster.DeleteAsync("configmaps", "owner", "Foreground");
        await cluster.EventuallyAsync(() => cluster.Get("configmaps", "child").DeletionTimestamp() is not null, "the child is asked to go");
        Assert.Equal(["foregroundDeletion"], cluster.Get("configmaps", "owner").Finalizers());

        await cluster.Registry.UpdateAsync(new("configmaps", "default", "child"), m => { m.Metadata().Remove("finalizers"); return true; }, "", TestContext.Current.CancellationToken);
        await cluster.EventuallyAsync(() => Gone("child") && Gone("owner"), "both");
    }

    [Fact]
    public async Task Foreground_deletion_goes_down_the_generations()
    {
        var owner = await MapAsync("owner");
        var child = await MapAsync("child", owner);
        await MapAsync("grandchild", child);

        await cluster.DeleteAsync("configmaps", "owner", "Foreground");

        await cluster.EventuallyAsync(() => Gone("owner") && Gone("child") && Gone("grandchild"), "all of them");
    }

    [Fact]
    public async Task Orphaning_leaves_the_dependents_without_the_reference()
    {
        var owner = await MapAsync("owner");
        await MapAsync("child", owner);

        await cluster.DeleteAsync("configmaps", "owner", "Orphan");

        await cluster.EventuallyAsync(() => Gone("owner"), "the owner");
        Assert.Empty(cluster.Get("configmaps", "child").OwnerReferences());
    }

    [Fact]
    public async Task An_object_with_another_owner_stays_and_drops_the_dead_one()
    {
        var first = await MapAsync("first");
        var second = await MapAsync("second");
        await MapAsync("child", first, second);

        await cluster.DeleteAsync("configmaps", "first");

        await cluster.EventuallyAsync(() => cluster.Get("configmaps", "child").OwnerReferences().Select(o => o.Name).SequenceEqual(["second"]), "one owner is left");
    }

    [Fact]
    public async Task An_owner_of_the_same_name_is_not_the_same_owner()
    {
        await MapAsync("owner");
        await cluster.CreateAsync("configmaps", """
            {"metadata":{"name":"child","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"00000000-0000-0000-0000-000000000000"}]}}
            """);

        await cluster.EventuallyAsync(() => Gone("child"), "the child of a former owner");
        Assert.False(Gone("owner"));
    }

    [Fact]
    public async Task Deleting_a_deployment_ends_its_pods()
    {
        await cluster.CreateAsync("deployments.apps", """
            {"metadata":{"name":"web"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},
             "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"main","image":"v1"}]}}}}
            """);
        await cluster.EventuallyAsync(() => cluster.Pods("app=web").Count == 2, "two pods");

        await cluster.DeleteAsync("deployments.apps", "web", "Foreground");

        await cluster.EventuallyAsync(() => cluster.Find("deployments.apps", "web") is null, "the deployment, last of all");
        Assert.Empty(cluster.List("pods"));
        Assert.Empty(cluster.List("replicasets.apps"));
    }

    bool Gone(string name) => cluster.Find("configmaps", name) is null;

    Task<StoredObject> MapAsync(string name, params StoredObject[] owners) => MapAsync(name, "[]", owners);

    Task<StoredObject> MapAsync(string name, StoredObject owner, string finalizers) => MapAsync(name, finalizers, owner);

    Task<StoredObject> MapAsync(string name, string finalizers, params StoredObject[] owners)
    {
        var references = owners.Select(o => $$"""{"apiVersion":"v1","kind":"ConfigMap","name":"{{o.Key.Name}}","uid":"{{o.Uid}}","blockOwnerDeletion":true}""");
        return cluster.CreateAsync("configmaps", $$"""{"metadata":{"name":"{{name}}","finalizers":{{finalizers}},"ownerReferences":[{{string.Join(',', references)}}]} }""");
    }
}
