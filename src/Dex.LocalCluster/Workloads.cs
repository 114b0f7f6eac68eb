using Dex.LocalCluster.Api;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Ingress;
using Dex.LocalCluster.Node;

namespace Dex.LocalCluster;

/// <summary>What brings the stored objects to life: the controllers and the node agent.</summary>
internal sealed class Workloads : IAsyncDisposable
{
    private readonly EventRecorder events;
    private readonly ControllerManager controllers;

    private Workloads(EventRecorder events, ControllerManager controllers, NodeAgent agent, IngressProxy ingress, string? temporary)
    {
        (this.events, this.controllers, Agent, Ingress, Temporary) = (events, controllers, agent, ingress, temporary);
    }

    /// <summary>The node.</summary>
    public NodeAgent Agent { get; }

    /// <summary>The door for requests from outside.</summary>
    public IngressProxy Ingress { get; }

    /// <summary>The data folder of a cluster in memory, removed with it.</summary>
    private string? Temporary { get; }

    /// <summary>Starts the controllers, then the node.</summary>
    public static async Task<Workloads> StartAsync(Registry registry, LocalClusterOptions options, string caCertificatePem, CancellationToken ct)
    {
        var temporary = options.DataDirectory is null ? Directory.CreateTempSubdirectory("dex-cluster-").FullName : null;
        var data = options.DataDirectory ?? temporary!;
        var events = new EventRecorder(registry);
        var controllers = new ControllerManager(registry, events, new ControllerOptions
        {
            CaCertificatePem = caCertificatePem,
            VolumesDirectory = Path.Combine(data, "volumes"),
        });
        var agent = new NodeAgent(registry, events, new NodeOptions
        {
            DataDirectory = Path.Combine(data, "node"),
            ImagesDirectory = options.ImagesDirectory ?? Path.Combine(data, "images"),
            HostEnvironment = options.HostEnvironment,
        });
        await controllers.StartAsync(ct);
        await agent.StartAsync(ct);
        var ingress = new IngressProxy(registry, agent, new IngressOptions { Port = options.IngressPort });
        await ingress.StartAsync(ct);
        return new Workloads(events, controllers, agent, ingress, temporary);
    }

    /// <summary>Ends the pods' processes first, so that no controller answers their end with new ones.</summary>
    public async ValueTask DisposeAsync()
    {
        await Ingress.DisposeAsync();
        await controllers.StopAsync(CancellationToken.None);
        await Agent.DisposeAsync();
        await events.DisposeAsync();
        if (Temporary is not null) Directory.Delete(Temporary, recursive: true);
    }
}
