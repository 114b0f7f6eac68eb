using System.Text.Json.Nodes;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Apply;
using Dex.LocalCluster.Auth;
using Dex.LocalCluster.Storage;

namespace Dex.Tests.LocalCluster.Api.Fuzz;

/// <summary>
/// A short run of each. DEX_FUZZ_OPERATIONS makes it longer and DEX_FUZZ_SEED another one; a difference names both.
/// </summary>
public sealed class FuzzTests
{
    [Theory]
    [InlineData("configmaps", "data", 1, 7_000)]
    [InlineData("widgets.t.dev", "spec", 2, 7_000)]
    [InlineData("deployments.apps", "", 3, 6_000)]
    public async Task The_api_and_its_model_agree_on_every_operation(string resource, string fieldsName, int seed, int operations)
    {
        var ct = TestContext.Current.CancellationToken;
        await using var store = Store.InMemory();
        var time = TimeProvider.System;
        var api = new ApiComposition(store, ClusterIdentity.InMemory(), time);
        await SystemObjects.CreateAsync(api.Registry, ct);
        api.CustomDefinitions.Start(store);
        await api.Registry.CreateAsync("customresourcedefinitions.apiextensions.k8s.io", "", JsonNode.Parse(Definition)!.AsObject(), ct);
        using var watcher = new ReplicaOfEvents(store, resource);

        var type = api.Writer.Resources.Stored(resource);
        (seed, operations) = (Setting("DEX_FUZZ_SEED") ?? seed, Setting("DEX_FUZZ_OPERATIONS") ?? operations);
        var difference = resource == "deployments.apps"
            ? await new DeploymentFuzzRun(api.Writer, api.Deletion, new FieldOwnership(time), type, seed).RunAsync(operations, ct)
            : await new FuzzRun(api.Writer, api.Deletion, new FieldOwnership(time), type, fieldsName, seed).RunAsync(operations, ct);

        Assert.True(difference is null, difference);
        watcher.AssertEquals(store.Visible.List(resource, "default"));
    }

    static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), out var value) ? value : null;

    const string Definition = """
        {"metadata":{"name":"widgets.t.dev"},"spec":{"group":"t.dev","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},"versions":[{"name":"v1","served":true,"storage":true,
        "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","additionalProperties":{"type":"string"}}}}}}]}}
        """;

    /// <summary>What a client holds that only listens: it must end up with the same objects, every revision seen once and in order.</summary>
    sealed class ReplicaOfEvents(Store store, string resource) : IDisposable
    {
        readonly Feed _feed = store.Follow(resource, revision: null, bounded: false)!;
        readonly Dictionary<ObjectKey, long> _objects = [];

        public void AssertEquals(IEnumerable<StoredObject> expected)
        {
            var last = 0L;
            while (_feed.TryNext(out var item))
            {
                if (item.Change is not { } change)
                    continue;
                Assert.True(item.Revision > last, $"revision {item.Revision} after {last}");
                last = item.Revision;
                Assert.Equal(change.Type == ChangeType.Added, !_objects.ContainsKey(change.Object.Key));
                if (change.Type == ChangeType.Deleted)
                    _objects.Remove(change.Object.Key);
                else
                    _objects[change.Object.Key] = change.Object.Revision;
            }
            Assert.Equal(expected.ToDictionary(o => o.Key, o => o.Revision), _objects);
        }

        public void Dispose() => _feed.Dispose();
    }
}
