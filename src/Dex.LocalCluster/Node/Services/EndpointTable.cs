using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Node.Services;

/// <summary>Where the ready endpoints of Services are on this machine, from their EndpointSlices.</summary>
/// <param name="registry">The API.</param>
/// <param name="hostPort">The host's port for a port of a pod, by the pod's uid; null for pods that are not here.</param>
sealed class EndpointTable(Registry registry, Func<string, int, int?> hostPort) : IDisposable
{
    readonly ConcurrentDictionary<ObjectKey, JsonObject> _slices = new();
    readonly ConcurrentDictionary<(string, string, string), int> _turns = new();
    IDisposable? _subscription;

    public void Start() => _subscription = registry.Subscribe("endpointslices.discovery.k8s.io", change =>
    {
        if (change.Type == ChangeType.Deleted) _slices.TryRemove(change.Object.Key, out _);
        else _slices[change.Object.Key] = change.Object.ToJson();
    });

    /// <summary>The addresses to try for the next connection, beginning with the one whose turn it is.</summary>
    public IReadOnlyList<IPEndPoint> Next(string ns, string service, string portName)
    {
        var ready = Ready(ns, service, portName);
        if (ready.Count < 2) return ready;
        var turn = (int)((uint)_turns.AddOrUpdate((ns, service, portName), 0, static (_, t) => t + 1) % (uint)ready.Count);
        return [.. ready.Skip(turn), .. ready.Take(turn)];
    }

    List<IPEndPoint> Ready(string ns, string service, string portName)
    {
        var found = new List<IPEndPoint>();
        foreach (var (key, slice) in _slices.OrderBy(s => s.Key.Name, StringComparer.Ordinal))
        {
            if (key.Namespace != ns || slice.Label("kubernetes.io/service-name") != service) continue;
            if (slice.Items("ports").FirstOrDefault(p => (p.Text("name") ?? "") == portName)?.Number("port") is not { } port) continue;
            foreach (var endpoint in slice.Items("endpoints").Where(e => e.Flag("conditions", "ready") != false))
            {
                if (Place(endpoint, (int)port) is { } place) found.Add(place);
            }
        }
        return found;
    }

    IPEndPoint? Place(JsonObject endpoint, int port)
    {
        if (endpoint.Text("targetRef", "kind") == "Pod") return hostPort(endpoint.Text("targetRef", "uid") ?? "", port) is { } mapped ? new(IPAddress.Loopback, mapped) : null;
        return IPAddress.TryParse(endpoint.TextList("addresses").FirstOrDefault(), out var address) ? new(address, port) : null;
    }

    public void Dispose() => _subscription?.Dispose();
}
