using Dex.LocalCluster.Api;
using Dex.LocalCluster.Auth;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Ingress;
using Dex.LocalCluster.Node;
using Dex.LocalCluster.Node.Metrics;
using Dex.LocalCluster.Node.Pods;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster;

/// <summary>What brings the stored objects to life: the controllers and the node agent.</summary>
sealed class Workloads : IAsyncDisposable
{
    /// <summary>The port that users get to know; another cluster of the machine may have it already.</summary>
    const int UsualIngressPort = 7777;

    readonly EventRecorder _events;
    readonly ControllerManager _controllers;

    Workloads(EventRecorder events, ControllerManager controllers, string? temporary)
    {
        (_events, _controllers, Temporary) = (events, controllers, temporary);
    }

    /// <summary>The node; null in a cluster that keeps objects only.</summary>
    public NodeAgent? Agent { get; private set; }

    /// <summary>The door for requests from outside; null without a node.</summary>
    public IngressProxy? Ingress { get; private set; }

    /// <summary>The data folder of a cluster in memory, removed with it.</summary>
    string? Temporary { get; }

    /// <summary>Starts the controllers, then the node and the ingress unless only objects are wanted.</summary>
    public static async Task<Workloads> StartAsync(ApiComposition api, Uri server, ClusterIdentity identity, LocalClusterOptions options, DataFolder? folder, CancellationToken ct)
    {
        var temporary = options.DataDirectory is null && options.RunAgent ? Directory.CreateTempSubdirectory("dex-cluster-").FullName : null;
        var data = options.DataDirectory ?? temporary;
        var events = new EventRecorder(api.Registry);
        Workloads? workloads = null;
        var controllers = new ControllerManager(api.Registry, events, new ControllerOptions
        {
            CaCertificatePem = identity.Authority.CertificatePem,
            PodUsage = uid => workloads?.Agent is { } agent && agent.Find(uid) is { } pod ? agent.Usage.Of(pod) : null,
            VolumesDirectory = data is null ? null : Path.Combine(data, "volumes"),
        });
        await controllers.StartAsync(ct);
        workloads = new Workloads(events, controllers, temporary);
        if (options.RunAgent) await workloads.StartNodeAsync(api, server, identity, options, data!, StickyPort.Ingress(folder), ct);
        return workloads;
    }

    async Task StartNodeAsync(ApiComposition api, Uri server, ClusterIdentity identity, LocalClusterOptions options, string data, StickyPort port, CancellationToken ct)
    {
        Agent = new NodeAgent(api.Registry, _events, new NodeOptions
        {
            DataDirectory = Path.Combine(data, "node"),
            ImagesDirectory = options.ImagesDirectory ?? Path.Combine(data, "images"),
            HostEnvironment = options.HostEnvironment,
            Engine = options.Engine,
            ApiServer = server,
            IssueToken = (request, _) => Task.FromResult(Issue(api, request)),
        });
        var metrics = new MetricsEndpoint(Agent);
        foreach (var type in MetricsEndpoint.Types) api.Handler.Route(type.Plural, metrics.HandleAsync);
        await Agent.StartAsync(ct);
        await port.OpenAsync(options.IngressPort, UsualIngressPort, async number =>
        {
            var ingress = new IngressProxy(api.Registry, Agent, new IngressOptions
            {
                Port = number,
                HttpsPort = options.IngressHttpsPort,
                IssueCertificate = name => identity.Authority.IssueServer(name, name),
            });
            await ingress.StartAsync(ct);
            Ingress = ingress;
            return ingress.Address.Port;
        });
    }

    /// <summary>The token of a pod; null while its ServiceAccount is not there.</summary>
    static string? Issue(ApiComposition api, ServiceAccountTokenRequest request) =>
        api.Registry.Get(new ObjectKey("serviceaccounts", request.Namespace, request.ServiceAccount)) is not { } account ? null
            : api.Tokens.Issue(new TokenClaims(request.Namespace, request.ServiceAccount, account.Uid, request.Audience.Length == 0 ? [] : [request.Audience], request.Lifetime)
            {
                BoundTo = ("Pod", request.PodName, request.PodUid),
            }).Token;

    /// <summary>Ends the pods' processes first, so that no controller answers their end with new ones.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Ingress is not null) await Ingress.DisposeAsync();
        await _controllers.StopAsync(CancellationToken.None);
        if (Agent is not null) await Agent.DisposeAsync();
        await _events.DisposeAsync();
        if (Temporary is not null) PodFiles.Remove(Temporary);
    }
}
