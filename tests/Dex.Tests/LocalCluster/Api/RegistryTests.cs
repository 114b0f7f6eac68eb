using System.Text.Json.Nodes;
using System.Threading.Channels;
using Dex.LocalCluster;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;
using Cluster = Dex.LocalCluster.LocalCluster;

namespace Dex.Tests.LocalCluster.Api;

public sealed class RegistryTests : IAsyncLifetime
{
    static readonly ObjectKey Key = new("configmaps", "default", "a");

    Cluster _cluster = null!;

    Registry Registry => _cluster.Registry;

    public async ValueTask InitializeAsync() =>
        _cluster = await Cluster.StartAsync(new LocalClusterOptions { InMemory = true, RunAgent = false }, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_created_object_has_identity_and_a_revision()
    {
        var created = await CreateAsync("a");

        Assert.Equal(36, created.Uid.Length);
        Assert.Equal(created.Revision.ToString(), created.ToJson()["metadata"]!["resourceVersion"]!.GetValue<string>());
        Assert.Equal("ConfigMap", created.Kind);
        Assert.Equal(created.Json.ToArray(), Registry.Get(Key)!.Json.ToArray());
    }

    [Fact]
    public async Task Creating_twice_is_refused()
    {
        await CreateAsync("a");

        var refused = await Assert.ThrowsAsync<ApiException>(() => CreateAsync("a"));

        Assert.Equal("configmaps \"a\" already exists", refused.Status.Message);
    }

    [Fact]
    public async Task An_update_that_changes_nothing_keeps_the_revision()
    {
        var created = await CreateAsync("a");

        var updated = await UpdateAsync(body => body["data"] = new JsonObject { ["k"] = "v" });

        Assert.Equal(created.Revision, updated!.Revision);
    }

    [Fact]
    public async Task Concurrent_updates_all_happen()
    {
        await CreateAsync("a");

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => UpdateAsync(body => body["data"]!["k" + i] = "v"))));

        Assert.Equal(51, Registry.Get(Key)!.ToJson()["data"]!.AsObject().Count);
    }

    [Fact]
    public async Task Removing_the_last_finalizer_deletes_the_object()
    {
        await CreateAsync("a");
        await UpdateAsync(body => body["metadata"]!["finalizers"] = new JsonArray("example.com/x"));

        var held = await Registry.DeleteAsync(Key, new DeleteOptions(), Ct);
        Assert.NotNull(held!.DeletionTimestamp);
        Assert.NotNull(Registry.Get(Key));

        await UpdateAsync(body => body["metadata"]!.AsObject().Remove("finalizers"));
        Assert.Null(Registry.Get(Key));
    }

    [Fact]
    public async Task A_subscriber_sees_every_change_in_revision_order()
    {
        await CreateAsync("a");
        var seen = Channel.CreateUnbounded<Change>();
        using var subscription = Registry.Subscribe("configmaps", change => seen.Writer.TryWrite(change));

        await UpdateAsync(body => body["data"] = new JsonObject { ["k"] = "2" });
        await Registry.DeleteAsync(Key, new DeleteOptions(), Ct);

        var changes = new List<Change>();
        while (changes.LastOrDefault(c => c.Object.Key == Key)?.Type != ChangeType.Deleted)
            changes.Add(await seen.Reader.ReadAsync(Ct));
        changes.RemoveAll(c => c.Object.Key != Key);
        Assert.Equal([ChangeType.Added, ChangeType.Modified, ChangeType.Deleted], changes.Select(c => c.Type));
        Assert.Equal(changes.OrderBy(c => c.Object.Revision), changes);
    }

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    Task<StoredObject> CreateAsync(string name) => Registry.CreateAsync("configmaps", "default", new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = name },
        ["data"] = new JsonObject { ["k"] = "v" },
    }, Ct);

    Task<StoredObject?> UpdateAsync(Action<JsonObject> change) => Registry.UpdateAsync(Key, body =>
    {
        change(body);
        return true;
    }, "", Ct);
}
