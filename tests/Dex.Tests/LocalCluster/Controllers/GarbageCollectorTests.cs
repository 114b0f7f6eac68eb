using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class GarbageCollectorTests : IAsyncLifetime
{
    ControllerCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await ControllerCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Background_deletion_takes_the_dependents_afterwards()
    {
        var owner = await MapAsync("owner");
        var child = await MapAsync("child", owner);
        await MapAsync("grandchild", child);

        Assert.Null(await _cluster.DeleteAsync("configmaps", "owner", "Background"));

        await _cluster.EventuallyAsync(() => Gone("child") && Gone("grandchild"), "both generations");
    }

    [Fact]
    public async Task Foreground_deletion_waits_for_dependents_that_block()
    {
        var owner = await MapAsync("owner");
        await MapAsync("child", owner, finalizers: """["example.com/hold"]""");

        await _cluster.DeleteAsync("configmaps", "owner", "Foreground");
        await _cluster.EventuallyAsync(() => _cluster.Get("configmaps", "child").DeletionTimestamp() is not null, "the child is asked to go");
        Assert.Equal(["foregroundDeletion"], _cluster.Get("configmaps", "owner").Finalizers());

        await _cluster.Registry.UpdateAsync(new("configmaps", "default", "child"), m => { m.Metadata().Remove("finalizers"); return true; }, "", TestContext.Current.CancellationToken);
        await _cluster.EventuallyAsync(() => Gone("child") && Gone("owner"), "both");
    }

    [Fact]
    public async Task Foreground_deletion_goes_down_the_generations()
    {
        var owner = await MapAsync("owner");
        var child = await MapAsync("child", owner);
        await MapAsync("grandchild", child);

        await _cluster.DeleteAsync("configmaps", "owner", "Foreground");

        await _cluster.EventuallyAsync(() => Gone("owner") && Gone("child") && Gone("grandchild"), "all of them");
    }

    [Fact]
    public async Task Orphaning_leaves_the_dependents_without_the_reference()
    {
        var owner = await MapAsync("owner");
        await MapAsync("child", owner);

        await _cluster.DeleteAsync("configmaps", "owner", "Orphan");

        await _cluster.EventuallyAsync(() => Gone("owner"), "the owner");
        Assert.Empty(_cluster.Get("configmaps", "child").OwnerReferences());
    }

    [Fact]
    public async Task An_object_with_another_owner_stays_and_drops_the_dead_one()
    {
        var first = await MapAsync("first");
        var second = await MapAsync("second");
        await MapAsync("child", first, second);

        await _cluster.DeleteAsync("configmaps", "first");

        await _cluster.EventuallyAsync(() => _cluster.Get("configmaps", "child").OwnerReferences().Select(o => o.Name).SequenceEqual(["second"]), "one owner is left");
    }

    [Fact]
    public async Task An_owner_of_the_same_name_is_not_the_same_owner()
    {
        await MapAsync("owner");
        await _cluster.CreateAsync("configmaps", """
            {"metadata":{"name":"child","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"00000000-0000-0000-0000-000000000000"}]}}
            """);

        await _cluster.EventuallyAsync(() => Gone("child"), "the child of a former owner");
        Assert.False(Gone("owner"));
    }

    [Fact]
    public async Task Deleting_a_deployment_ends_its_pods()
    {
        await _cluster.CreateAsync("deployments.apps", """
            {"metadata":{"name":"web"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},
             "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"main","image":"v1"}]}}}}
            """);
        await _cluster.EventuallyAsync(() => _cluster.Pods("app=web").Count == 2, "two pods");

        await _cluster.DeleteAsync("deployments.apps", "web", "Foreground");

        await _cluster.EventuallyAsync(() => _cluster.Find("deployments.apps", "web") is null, "the deployment, last of all");
        Assert.Empty(_cluster.List("pods"));
        Assert.Empty(_cluster.List("replicasets.apps"));
    }

    bool Gone(string name) => _cluster.Find("configmaps", name) is null;

    Task<StoredObject> MapAsync(string name, params StoredObject[] owners) => MapAsync(name, "[]", owners);

    Task<StoredObject> MapAsync(string name, StoredObject owner, string finalizers) => MapAsync(name, finalizers, owner);

    Task<StoredObject> MapAsync(string name, string finalizers, params StoredObject[] owners)
    {
        var references = owners.Select(o => $$"""{"apiVersion":"v1","kind":"ConfigMap","name":"{{o.Key.Name}}","uid":"{{o.Uid}}","blockOwnerDeletion":true}""");
        return _cluster.CreateAsync("configmaps", $$"""{"metadata":{"name":"{{name}}","finalizers":{{finalizers}},"ownerReferences":[{{string.Join(',', references)}}]} }""");
    }
}
