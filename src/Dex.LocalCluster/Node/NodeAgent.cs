using System.Collections.Concurrent;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Controllers;
using Dex.LocalCluster.Node.Logs;
using Dex.LocalCluster.Node.Metrics;
using Dex.LocalCluster.Node.Pods;
using Dex.LocalCluster.Node.Services;
using Dex.LocalCluster.Node.Streams;
using Dex.LocalCluster.Node.Volumes;
using Dex.LocalCluster.Storage;
using Microsoft.AspNetCore.Http;

namespace Dex.LocalCluster.Node;

/// <summary>The node: runs the pods that are bound to it as processes of this machine and makes Services answer on loopback.</summary>
public sealed class NodeAgent : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, PodWorker> workers = new(); // by uid
    private readonly List<IDisposable> subscriptions = [];
    private readonly Registry registry;
    private readonly NodeContext node;
    private readonly NodeHeartbeat heartbeat;
    private readonly PodAddresses addresses = new();
    private volatile bool stopping;

    /// <summary>Nothing happens before <see cref="StartAsync"/>.</summary>
    public NodeAgent(Registry registry, EventRecorder events, NodeOptions options)
    {
        this.registry = registry.As("kubelet");
        Endpoints = new EndpointTable(this.registry, (uid, port) => workers.TryGetValue(uid, out var worker) ? worker.Pod.Ports.ToHost(port) : null);
        Services = new ServiceTable(this.registry, Endpoints);
        node = new NodeContext(this.registry, options, events.From("kubelet", options.NodeName), Services);
        Usage = new UsageSampler(() => Pods, registry.Time);
        heartbeat = new NodeHeartbeat(this.registry, options.NodeName, node.Engine);
    }

    internal EndpointTable Endpoints { get; }

    internal ServiceTable Services { get; }

    internal NodeContext Context => node;

    internal UsageSampler Usage { get; }

    /// <summary>Ends what a killed agent left behind, registers the node and starts the pods that are bound to it.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(node.Options.DataDirectory);
        node.Records.KillLeftovers();
        RemoveForgottenFiles();
        await heartbeat.StartAsync(ct);
        Endpoints.Start();
        Services.Start();
        Usage.Start();
        subscriptions.Add(registry.Subscribe("pods", OnPod));
        subscriptions.Add(registry.Subscribe("configmaps", OnData, replay: false));
        subscriptions.Add(registry.Subscribe("secrets", OnData, replay: false));
    }

    /// <summary>Ends every process; the pods stay and come back with the next agent.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        stopping = true;
        foreach (var subscription in subscriptions) subscription.Dispose();
        subscriptions.Clear();
        foreach (var worker in workers.Values) worker.Suspend(node.Options.ShutdownGrace);
        await Task.WhenAll(workers.Values.Select(w => w.Ended)).WaitAsync(ct);
        foreach (var worker in workers.Values) worker.Dispose();
        workers.Clear();
        Usage.Dispose();
        await Services.DisposeAsync();
        Endpoints.Dispose();
        await heartbeat.DisposeAsync();
    }

    /// <summary>As <see cref="StopAsync"/>, once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!stopping) await StopAsync(CancellationToken.None);
    }

    /// <summary>Serves logs, exec, attach and port-forward; <paramref name="map"/> registers a handler for a subresource of the API.</summary>
    public void MapStreams(Action<string, string, Func<HttpContext, StoredObject, CancellationToken, Task>> map)
    {
        var commands = new CommandEndpoint(this);
        map("pods", "log", new LogEndpoint(this).HandleAsync);
        map("pods", "exec", commands.ExecAsync);
        map("pods", "attach", commands.AttachAsync);
        map("pods", "portforward", new PortForwardEndpoint(this).HandleAsync);
    }

    /// <summary>A running pod, or null.</summary>
    internal PodContext? Find(string uid) => workers.TryGetValue(uid, out var worker) ? worker.Pod : null;

    internal IReadOnlyList<PodContext> Pods => [.. workers.Values.Select(w => w.Pod)];

    private void OnPod(Change change)
    {
        if (stopping) return;
        var stored = change.Object;
        if (change.Type == ChangeType.Deleted)
        {
            if (workers.TryGetValue(stored.Uid, out var gone)) _ = ForgetAsync(gone);
            else RemoveFiles(stored);
        }
        else if (workers.TryGetValue(stored.Uid, out var worker))
        {
            worker.Update(stored);
        }
        else
        {
            Adopt(stored);
        }
    }

    private void Adopt(StoredObject stored)
    {
        var pod = stored.ToJson();
        if (pod.Text("spec", "nodeName") != node.Options.NodeName || pod.Text("status", "phase") is "Succeeded" or "Failed") return;
        var worker = new PodWorker(new PodContext(node, stored, addresses.Take(stored.Uid)));
        workers[stored.Uid] = worker;
        worker.Update(stored);
        worker.Start();
        _ = ReleaseAsync(worker);
    }

    // The ports of a pod that has ended are free again; its worker stays for its logs until the object goes.
    private static async Task ReleaseAsync(PodWorker worker)
    {
        await worker.Ended;
        worker.Pod.Ports.Dispose();
    }

    private async Task ForgetAsync(PodWorker worker)
    {
        worker.Kill();
        await worker.Ended;
        if (!workers.TryRemove(worker.Pod.Uid, out _)) return;
        addresses.Release(worker.Pod.Ip);
        worker.RemoveFiles();
        worker.Dispose();
    }

    private void OnData(Change change)
    {
        foreach (var worker in workers.Values)
        {
            if (worker.Pod.Key.Namespace == change.Object.Key.Namespace && PodVolumes.Uses(worker.Pod.Pod, change.Object.Key.Resource, change.Object.Key.Name)) worker.RefreshVolumes();
        }
    }

    private void RemoveFiles(StoredObject pod)
    {
        PodFiles.Remove(Path.Combine(node.PodsDirectory, pod.Uid));
        PodFiles.Remove(Path.Combine(node.LogsDirectory, $"{pod.Key.Namespace}_{pod.Key.Name}_{pod.Uid}"));
    }

    // What belonged to pods that were deleted while no agent ran.
    private void RemoveForgottenFiles()
    {
        var uids = registry.List("pods").Select(p => p.Uid).ToHashSet();
        foreach (var parent in new[] { node.PodsDirectory, node.LogsDirectory }.Where(Directory.Exists))
        {
            foreach (var folder in Directory.EnumerateDirectories(parent).Where(f => !uids.Contains(Path.GetFileName(f).Split('_')[^1])).ToList()) PodFiles.Remove(folder);
        }
    }
}
