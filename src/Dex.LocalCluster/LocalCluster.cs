using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Admission;
using Dex.LocalCluster.Api.Apply;
using Dex.LocalCluster.Api.Discovery;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Api.Watch;
using Dex.LocalCluster.Auth;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster;

/// <summary>A running cluster.</summary>
public sealed class LocalCluster : IAsyncDisposable
{
    readonly Store store;
    readonly ApiServer server;
    readonly ResourceHandler handler;
    Workloads? workloads;

    LocalCluster(Store store, Registry registry, ApiServer server, ResourceHandler handler, ClusterIdentity identity)
    {
        this.store = store;
        this.server = server;
        this.handler = handler;
        Registry = registry;
        AdminToken = identity.AdminToken;
        CaCertificatePem = identity.Authority.CertificatePem;
    }

    /// <summary>The API without HTTP.</summary>
    public Registry Registry { get; }

    /// <summary>Where the API answers: https on a loopback address.</summary>
    public Uri Server => server.Address;

    /// <summary>Where applications answer, by host name: http on a loopback address; null without the agent.</summary>
    public Uri? Ingress => workloads?.Ingress.Address;

    /// <summary>A cluster administrator's bearer token.</summary>
    public string AdminToken { get; }

    /// <summary>What clients must trust.</summary>
    public string CaCertificatePem { get; }

    /// <summary>Starts a cluster; when it returns, the API answers.</summary>
    public static async Task<LocalCluster> StartAsync(LocalClusterOptions options, CancellationToken ct)
    {
        var identity = ClusterIdentity.InMemory();
        var store = Store.InMemory();
        var resources = new Resources();
        var ownership = new FieldOwnership(options.TimeProvider);
        var rules = new ObjectRules(ownership, new ServiceAddresses(store), options.TimeProvider);
        var writer = new ObjectWriter(store, resources, rules, options.TimeProvider);
        var deletion = new ObjectDeletion(writer, rules);
        var registry = new Registry(writer, deletion);
        await SystemObjects.CreateAsync(registry, ct);

        var stopping = new CancellationTokenSource();
        var lists = new ListHandler(store, new Snapshots(store, options.TimeProvider));
        var handler = new ResourceHandler(writer, lists, new WatchHandler(store, options.TimeProvider, stopping.Token),
            new WriteHandler(writer), new PatchHandler(writer, ownership), new DeleteHandler(deletion, lists));
        var pipeline = new RequestPipeline(resources, new Authenticator(identity.Authority, identity.AdminToken), new DiscoveryHandler(resources), handler);
        var server = await ApiServer.StartAsync(options.ApiPort, identity.ServerCertificate, pipeline.HandleAsync, stopping, ct);
        var cluster = new LocalCluster(store, registry, server, handler, identity);
        if (options.RunAgent) cluster.workloads = await Workloads.StartAsync(registry, options, cluster.CaCertificatePem, ct);
        return cluster;
    }

    /// <summary>
    /// Serves a subresource whose answer is a stream (pods/log, exec …). The handler is called after authentication, authorization
    /// and lookup.
    /// </summary>
    public void MapSubresource(string resource, string subresource, Func<HttpContext, StoredObject, CancellationToken, Task> handler) =>
        this.handler.Map(resource, subresource, handler);

    /// <summary>Writes a kubeconfig for the administrator, with the context <c>dex-local</c>, readable by its owner only.</summary>
    public void WriteKubeConfig(string path) => KubeConfigFile.Write(path, Server, CaCertificatePem, AdminToken);

    public async ValueTask DisposeAsync()
    {
        if (workloads is not null) await workloads.DisposeAsync();
        await server.DisposeAsync();
        await store.DisposeAsync();
    }
}
