using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Auth;
using Dex.LocalCluster.Node.Metrics;
using Dex.LocalCluster.Node.Streams;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster;

/// <summary>A running cluster.</summary>
public sealed class LocalCluster : IAsyncDisposable
{
    // In the order of their start; they end in the opposite order.
    readonly Stack<IAsyncDisposable> _parts = new();
    ApiServer _server = null!;
    ResourceHandler _handler = null!;
    Workloads? _workloads;

    LocalCluster(ClusterIdentity identity, Registry registry)
    {
        Registry = registry;
        AdminToken = identity.AdminToken;
        CaCertificatePem = identity.Authority.CertificatePem;
    }

    /// <summary>The API without HTTP.</summary>
    public Registry Registry { get; }

    /// <summary>Where the API answers: https on a loopback address.</summary>
    public Uri Server => _server.Address;

    /// <summary>Where applications answer, by host name: http on a loopback address; null without the agent.</summary>
    public Uri? Ingress => _workloads?.Ingress?.Address;

    /// <summary>The same with TLS by the cluster's own CA; null unless it was asked for.</summary>
    public Uri? IngressHttps => _workloads?.Ingress?.HttpsAddress;

    /// <summary>A cluster administrator's bearer token.</summary>
    public string AdminToken { get; }

    /// <summary>What clients must trust.</summary>
    public string CaCertificatePem { get; }

    /// <summary>Starts a cluster; when it returns, the API answers.</summary>
    /// <exception cref="Dex.Yaml.DiagnosticException">The data directory is in use, damaged or of a newer version.</exception>
    public static async Task<LocalCluster> StartAsync(LocalClusterOptions options, CancellationToken ct)
    {
        var folder = options.InMemory ? null : DataFolder.Open(options.DataDirectory ?? throw new ArgumentException("a durable cluster needs a DataDirectory", nameof(options)));
        try
        {
            var identity = folder is null ? ClusterIdentity.InMemory() : ClusterIdentity.Of(folder, options.TimeProvider);
            var store = folder is null ? Store.InMemory() : Store.Open(SqliteJournal.Open(folder.File("cluster.db")));
            var api = new ApiComposition(store, identity, options.TimeProvider);
            var cluster = new LocalCluster(identity, api.Registry);
            if (folder is not null)
                cluster._parts.Push(new Disposing(folder.Dispose));
            cluster._parts.Push(store);
            await cluster.StartAsync(options, api, identity, folder, ct);
            return cluster;
        }
        catch
        {
            folder?.Dispose();
            throw;
        }
    }

    async Task StartAsync(LocalClusterOptions options, ApiComposition api, ClusterIdentity identity, DataFolder? folder, CancellationToken ct)
    {
        try
        {
            await SystemObjects.CreateAsync(Registry, ct);
            if (options.RunAgent) api.Resources.Additional = MetricsEndpoint.Types;
            api.CustomDefinitions.Start(api.Store);
            _parts.Push(new Disposing(api.CustomDefinitions.Dispose));
            _handler = api.Handler;
            await StickyPort.Api(folder).OpenAsync(options.ApiPort, preferred: 0, async port =>
            {
                _server = await ApiServer.StartAsync(port, identity.ServerCertificate, api.Pipeline.HandleAsync, api.Stopping, ct);
                return Server.Port;
            });
            _parts.Push(_server);
            await ApiService.PublishAsync(Registry, Server, ct);
            _workloads = await Workloads.StartAsync(api, Server, identity, options, folder, ct);
            _parts.Push(_workloads);
            if (_workloads.Agent is { } agent) agent.MapStreams(MapSubresource);
            else AbsentNode.MapStreams(MapSubresource);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Serves a subresource whose answer is a stream (pods/log, exec …). The handler is called after authentication, authorization
    /// and lookup.
    /// </summary>
    public void MapSubresource(string resource, string subresource, Func<HttpContext, StoredObject, CancellationToken, Task> handler) =>
        _handler.Map(resource, subresource, handler);

    /// <summary>Writes a kubeconfig for the administrator, with the context <c>dex-local</c>, readable by its owner only.</summary>
    public void WriteKubeConfig(string path) => KubeConfigFile.Write(path, Server, CaCertificatePem, AdminToken);

    /// <summary>Ends everything in the opposite order of its start; what was acknowledged is on disk.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
            await part.DisposeAsync();
    }

    sealed class Disposing(Action dispose) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            dispose();
            return ValueTask.CompletedTask;
        }
    }
}
