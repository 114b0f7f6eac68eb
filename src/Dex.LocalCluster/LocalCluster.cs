using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster;

/// <summary>A running cluster.</summary>
public sealed class LocalCluster : IAsyncDisposable
{
    readonly Store store;

    LocalCluster(Store store, Registry registry)
    {
        this.store = store;
        Registry = registry;
    }

    /// <summary>The API without HTTP.</summary>
    public Registry Registry { get; }

    /// <summary>Starts a cluster; when it returns, the API answers.</summary>
    public static async Task<LocalCluster> StartAsync(LocalClusterOptions options, CancellationToken ct)
    {
        var store = Store.InMemory();
        var rules = new ObjectRules();
        var writer = new ObjectWriter(store, new Resources(), rules, options.TimeProvider);
        var registry = new Registry(writer, new ObjectDeletion(writer, rules));
        await SystemObjects.CreateAsync(registry, ct);
        return new LocalCluster(store, registry);
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
