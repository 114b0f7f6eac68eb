using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Node.Engines;
using Dex.LocalCluster.Node.Images;
using Dex.LocalCluster.Node.Processes;
using Dex.LocalCluster.Node.Services;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Node.Pods;

/// <summary>What all pods of the node share.</summary>
sealed class NodeContext(Registry registry, NodeOptions options, EventSource events, ServiceTable services)
{
    public Registry Registry => registry;
    public NodeOptions Options => options;
    public EventSource Events => events;
    public ServiceTable Services => services;
    public TimeProvider Time => registry.Time;
    public ImageLayout Images { get; } = new(options.ImagesDirectory, registry.Time);
    public ContainerRoot Roots { get; } = new(new ImageLayout(options.ImagesDirectory, registry.Time), Path.Combine(options.DataDirectory, "unpacked"));
    public NodeEngine Engine { get; } = new(options);
    public ProcessRecords Records { get; } = new(Path.Combine(options.DataDirectory, "processes"));
    public MemoryGroups? MemoryGroups { get; } = MemoryGroups.Find();
    public string PodsDirectory => Path.Combine(options.DataDirectory, "pods");
    public string LogsDirectory => Path.Combine(options.DataDirectory, "logs");
}

/// <summary>What the containers of one pod share.</summary>
sealed class PodContext : IDisposable
{
    public PodContext(NodeContext node, StoredObject stored, string address)
    {
        (Node, Stored, Ip) = (node, stored, address);
        (Key, Uid) = (stored.Key, stored.Uid);
        Pod = Read(stored);
        Directory = Path.Combine(node.PodsDirectory, Uid);
        LogsDirectory = Path.Combine(node.LogsDirectory, $"{Key.Namespace}_{Key.Name}_{Uid}");
        Ports = PodPorts.Allocate(Pod);
        Stop = new(node.Time);
        Containers = [.. ContainersOf(Pod)];
    }

    public NodeContext Node { get; }
    public ObjectKey Key { get; }
    public string Uid { get; }
    public string Ip { get; }
    public string Directory { get; }
    public string LogsDirectory { get; }
    public PodPorts Ports { get; }
    public PodStop Stop { get; }
    public IReadOnlyList<ContainerRecord> Containers { get; private set; }

    /// <summary>The volumes' folders by name, once they are ready.</summary>
    public IReadOnlyDictionary<string, string> Volumes { get; set; } = new Dictionary<string, string>();

    /// <summary>The pod as last seen; nobody changes this tree. Its IP is in it even before the status is written.</summary>
    public JsonObject Pod { get; private set; }

    public StoredObject Stored { get; private set; }

    public void Update(StoredObject stored) => (Stored, Pod) = (stored, Read(stored));

    JsonObject Read(StoredObject stored)
    {
        var pod = stored.ToJson();
        pod.Child("status")["podIP"] = Ip;
        return pod;
    }

    /// <summary>Called after every change of a container's state.</summary>
    public Action Changed { get; set; } = static () => { };

    public string RestartPolicy => Pod.Text("spec", "restartPolicy") ?? "Always";

    /// <summary>Adds ephemeral containers that came with an update; returns the new ones.</summary>
    public IReadOnlyList<ContainerRecord> AddEphemeral()
    {
        List<ContainerRecord> added = [.. ContainersOf(Pod).Where(c => c.Kind == ContainerKind.Ephemeral && Containers.All(known => known.Name != c.Name))];
        Containers = [.. Containers, .. added];
        return added;
    }

    static IEnumerable<ContainerRecord> ContainersOf(JsonObject pod)
    {
        var initializes = pod.Items("spec", "initContainers").Any();
        return pod.Items("spec", "initContainers").Select(c => New(c, c.Text("restartPolicy") == "Always" ? ContainerKind.Sidecar : ContainerKind.Init, initializes))
            .Concat(pod.Items("spec", "containers").Select(c => New(c, ContainerKind.Main, initializes)))
            .Concat(pod.Items("spec", "ephemeralContainers").Select(c => New(c, ContainerKind.Ephemeral, initializes: false)));
    }

    static ContainerRecord New(JsonObject spec, ContainerKind kind, bool initializes) => new(spec.Text("name") ?? "", kind, spec, initializes ? "PodInitializing" : "ContainerCreating");

    public void Dispose()
    {
        Ports.Dispose();
        Stop.Dispose();
    }
}
