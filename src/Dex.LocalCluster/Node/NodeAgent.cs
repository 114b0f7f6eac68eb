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
    readonly ConcurrentDictionary<string, PodWorker> _workers = new(); // by uid
    readonly List<IDisposable> _subscriptions = [];
    readonly Registry _registry;
    readonly NodeContext _node;
    readonly NodeHeartbeat _heartbeat;
    readonly PodAddresses _addresses = new();
    volatile bool _stopping;

    /// <summary>Nothing happens before <see cref="StartAsync"/>.</summary>
    public NodeAgent(Registry registry, EventRecorder events, NodeOptions options)
    {
        _registry = registry.As("kubelet");
        Endpoints = new EndpointTable(_registry, (uid, port) => _workers.TryGetValue(uid, out var worker) ? worker.Pod.Ports.ToHost(port) : null);
        Services = new ServiceTable(_registry, Endpoints);
        _node = new NodeContext(_registry, options, events.From("kubelet", options.NodeName), Services);
        Usage = new UsageSampler(() => Pods, registry.Time);
        _heartbeat = new NodeHeartbeat(_registry, options.NodeName, _node.Engine);
    }

    internal EndpointTable Endpoints { get; }

    internal ServiceTable Services { get; }

    internal NodeContext Context => _node;

    internal UsageSampler Usage { get; }

    /// <summary>Ends what a killed agent left behind, registers the node and starts the pods that are bound to it.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(_node.Options.DataDirectory);
        _node.Records.KillLeftovers();
        RemoveForgottenFiles();
        await _heartbeat.StartAsync(ct);
        Endpoints.Start();
        Services.Start();
        Usage.Start();
        _subscriptions.Add(_registry.Subscribe("pods", OnPod));
        _subscriptions.Add(_registry.Subscribe("configmaps", OnData, replay: false));
        _subscriptions.Add(_registry.Subscribe("secrets", OnData, replay: false));
    }

    /// <summary>Ends every process; the pods stay and come back with the next agent.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        _stopping = true;
        foreach (var subscription in _subscriptions) subscription.Dispose();
        _subscriptions.Clear();
        foreach (var worker in _workers.Values) worker.Suspend(_node.Options.ShutdownGrace);
        await Task.WhenAll(_workers.Values.Select(w => w.Ended)).WaitAsync(ct);
        foreach (var worker in _workers.Values) worker.Dispose();
        _workers.Clear();
        Usage.Dispose();
        await Services.DisposeAsync();
        Endpoints.Dispose();
        await _heartbeat.DisposeAsync();
    }

    /// <summary>As <see cref="StopAsync"/>, once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stopping) await StopAsync(CancellationToken.None);
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
    internal PodContext? Find(string uid) => _workers.TryGetValue(uid, out var worker) ? worker.Pod : null;

    internal IReadOnlyList<PodContext> Pods => [.. _workers.Values.Select(w => w.Pod)];

    void OnPod(Change change)
    {
        if (_stopping) return;
        var stored = change.Object;
        if (change.Type == ChangeType.Deleted)
        {
            if (_workers.TryGetValue(stored.Uid, out var gone)) _ = ForgetAsync(gone);
            else RemoveFiles(stored);
        }
        else if (_workers.TryGetValue(stored.Uid, out var worker))
        {
            worker.Update(stored);
        }
        else
        {
            Adopt(stored);
        }
    }

    void Adopt(StoredObject stored)
    {
        var pod = stored.ToJson();
        if (pod.Text("spec", "nodeName") != _node.Options.NodeName || pod.Text("status", "phase") is "Succeeded" or "Failed") return;
        var worker = new PodWorker(new PodContext(_node, stored, _addresses.Take(stored.Uid)));
        _workers[stored.Uid] = worker;
        worker.Update(stored);
        worker.Start();
        _ = ReleaseAsync(worker);
    }

    // The ports of a pod that has ended are free again; its worker stays for its logs until the object goes.
    static async Task ReleaseAsync(PodWorker worker)
    {
        await worker.Ended;
        worker.Pod.Ports.Dispose();
    }

    async Task ForgetAsync(PodWorker worker)
    {
        worker.Kill();
        await worker.Ended;
        if (!_workers.TryRemove(worker.Pod.Uid, out _)) return;
        _addresses.Release(worker.Pod.Ip);
        worker.RemoveFiles();
        worker.Dispose();
    }

    void OnData(Change change)
    {
        foreach (var worker in _workers.Values)
        {
            if (worker.Pod.Key.Namespace == change.Object.Key.Namespace && PodVolumes.Uses(worker.Pod.Pod, change.Object.Key.Resource, change.Object.Key.Name)) worker.RefreshVolumes();
        }
    }

    void RemoveFiles(StoredObject pod)
    {
        PodFiles.Remove(Path.Combine(_node.PodsDirectory, pod.Uid));
        PodFiles.Remove(Path.Combine(_node.LogsDirectory, $"{pod.Key.Namespace}_{pod.Key.Name}_{pod.Uid}"));
    }

    // What belonged to pods that were deleted while no agent ran.
    void RemoveForgottenFiles()
    {
        var uids = _registry.List("pods").Select(p => p.Uid).ToHashSet();
        foreach (var parent in new[] { _node.PodsDirectory, _node.LogsDirectory }.Where(Directory.Exists))
        {
            foreach (var folder in Directory.EnumerateDirectories(parent).Where(f => !uids.Contains(Path.GetFileName(f).Split('_')[^1])).ToList()) PodFiles.Remove(folder);
        }
    }
}
