using Dex.LocalCluster.Api;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Ingress;
using Dex.LocalCluster.Node;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster;

/// <summary>What brings the stored objects to life: the controllers and the node agent.</summary>
internal sealed class Workloads : IAsyncDisposable
{
    /// <summary>The port that users get to know; another cluster of the machine may have it already.</summary>
    private const int UsualIngressPort = 7777;

    private readonly EventRecorder events;
    private readonly ControllerManager controllers;

    private Workloads(EventRecorder events, ControllerManager controllers, string? temporary)
    {
        (this.events, this.controllers, Temporary) = (events, controllers, temporary);
    }

    /// <summary>The node; null in a cluster that keeps objects only.</summary>
    public NodeAgent? Agent { get; private set; }

    /// <summary>The door for requests from outside; null without a node.</summary>
    public IngressProxy? Ingress { get; private set; }

    /// <summary>The data folder of a cluster in memory, removed with it.</summary>
    private string? Temporary { get; }

    /// <summary>Starts the controllers, then the node and the ingress unless only objects are wanted.</summary>
    public static async Task<Workloads> StartAsync(Registry registry, LocalClusterOptions options, string caCertificatePem, DataFolder? folder, CancellationToken ct)
    {
        var temporary = options.DataDirectory is null && options.RunAgent ? Directory.CreateTempSubdirectory("dex-cluster-").FullName : null;
        var data = options.DataDirectory ?? temporary;
        var events = new EventRecorder(registry);
        var controllers = new ControllerManager(registry, events, new ControllerOptions
        {
            CaCertificatePem = caCertificatePem,
            VolumesDirectory = data is null ? null : Path.Combine(data, "volumes"),
        });
        await controllers.StartAsync(ct);
        var workloads = new Workloads(events, controllers, temporary);
        if (options.RunAgent) await workloads.StartNodeAsync(registry, options, data!, StickyPort.Ingress(folder), ct);
        return workloads;
    }

    private async Task StartNodeAsync(Registry registry, LocalClusterOptions options, string data, StickyPort port, CancellationToken ct)
    {
        Agent = new NodeAgent(registry, events, new NodeOptions
        {
            DataDirectory = Path.Combine(data, "node"),
            ImagesDirectory = options.ImagesDirectory ?? Path.Combine(data, "images"),
            HostEnvironment = options.HostEnvironment,
        });
        await Agent.StartAsync(ct);
        Ingress = new IngressProxy(registry, Agent, new IngressOptions { Port = port.Choose(options.IngressPort, UsualIngressPort) });
        await Ingress.StartAsync(ct);
        port.Remember(Ingress.Address.Port);
    }

    /// <summary>Ends the pods' processes first, so that no controller answers their end with new ones.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Ingress is not null) await Ingress.DisposeAsync();
        await controllers.StopAsync(CancellationToken.None);
        if (Agent is not null) await Agent.DisposeAsync();
        await events.DisposeAsync();
        if (Temporary is not null) Directory.Delete(Temporary, recursive: true);
    }
}
