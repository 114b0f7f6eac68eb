using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Node.Services;

/// <summary>
/// Makes each Service answer. On Linux its ClusterIP is an address of 127.0.0.0/8 and is listened on as it is; where the address or
/// the port cannot be had (macOS has only 127.0.0.1, ordinary users have no ports below 1024) a free port of 127.0.0.1 stands in
/// for it. Programs learn the right place from the usual variables.
/// </summary>
sealed class ServiceTable(Registry registry, EndpointTable endpoints) : IAsyncDisposable
{
    readonly ConcurrentDictionary<(ObjectKey Service, string Port), ServiceListener> _listeners = new();
    readonly ConcurrentDictionary<(ObjectKey Service, string Port), ServiceListener> _nodePorts = new();
    readonly Lock _gate = new();
    IDisposable? _subscription;

    public void Start() => _subscription = registry.Subscribe("services", change =>
    {
        lock (_gate)
        {
            if (change.Type == ChangeType.Deleted) Close(change.Object.Key, []);
            else Open(change.Object.Key, change.Object.ToJson());
        }
    });

    /// <summary>Where a service's port answers; null when it does not (headless, external, not TCP).</summary>
    public IPEndPoint? Find(ObjectKey service, string portName)
    {
        lock (_gate)
        {
            // The service may be so new that the subscription has not brought it yet.
            if (!_listeners.ContainsKey((service, portName)) && registry.Get(service) is { } stored) Open(service, stored.ToJson());
            return _listeners.TryGetValue((service, portName), out var listener) ? listener.EndPoint : null;
        }
    }

    /// <summary>The variables that announce the services of a namespace, and the API server.</summary>
    public Dictionary<string, string> Variables(string ns)
    {
        var variables = ApiVariables();
        foreach (var service in registry.List("services", ns)) Announce(service.Key, service.ToJson(), variables);
        return variables;
    }

    /// <summary>The addresses of a namespace's Services by the names that a cluster's name service would know, where they answer on their own ports.</summary>
    public IReadOnlyDictionary<string, string> Names(string ns)
    {
        var names = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var service in registry.List("services", ns).Select(stored => (stored.Key, Spec: stored.ToJson())))
        {
            var answers = service.Spec.Items("spec", "ports").Any(port => Find(service.Key, port.Text("name") ?? "") is { } place && place.Port == port.Number("port"));
            if (!answers || service.Spec.Text("spec", "clusterIP") is not { } address) continue;
            foreach (var suffix in new[] { "", $".{ns}", $".{ns}.svc", $".{ns}.svc.cluster.local" }) names[service.Key.Name + suffix] = address;
        }
        return names;
    }

    /// <summary>The variables of the API server alone, which every container gets.</summary>
    public Dictionary<string, string> ApiVariables()
    {
        var variables = new Dictionary<string, string>();
        if (registry.Get(new ObjectKey("services", "default", "kubernetes")) is { } api) Announce(api.Key, api.ToJson(), variables);
        return variables;
    }

    void Announce(ObjectKey key, JsonObject service, Dictionary<string, string> variables)
    {
        var prefix = key.Name.ToUpperInvariant().Replace('-', '_');
        var first = true;
        foreach (var port in service.Items("spec", "ports"))
        {
            var name = port.Text("name") ?? "";
            if (Find(key, name) is not { } place) continue;
            var number = place.Port.ToString(CultureInfo.InvariantCulture);
            var url = $"tcp://{place}";
            if (first)
            {
                variables[$"{prefix}_SERVICE_HOST"] = place.Address.ToString();
                variables[$"{prefix}_SERVICE_PORT"] = number;
                variables[$"{prefix}_PORT"] = url;
                first = false;
            }
            if (name.Length > 0) variables[$"{prefix}_SERVICE_PORT_{name.ToUpperInvariant().Replace('-', '_')}"] = number;
            var link = $"{prefix}_PORT_{port.Number("port")}_TCP";
            variables[link] = url;
            variables[$"{link}_PROTO"] = "tcp";
            variables[$"{link}_PORT"] = number;
            variables[$"{link}_ADDR"] = place.Address.ToString();
        }
    }

    void Open(ObjectKey key, JsonObject service)
    {
        var wanted = new HashSet<string>();
        var headless = !IPAddress.TryParse(service.Text("spec", "clusterIP"), out var address);
        foreach (var port in headless || service.Text("spec", "type") == "ExternalName" ? [] : service.Items("spec", "ports"))
        {
            if (port.Text("protocol") is not (null or "TCP")) continue;
            var name = port.Text("name") ?? "";
            wanted.Add(name);
            var place = new IPEndPoint(address!, (int)(port.Number("port") ?? 0));
            var affinity = service.Text("spec", "sessionAffinity") == "ClientIP"
                ? TimeSpan.FromSeconds(service.Number("spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds") ?? 10800)
                : (TimeSpan?)null;
            Listen(_listeners, (key, name), place, affinity, otherwiseAnyPort: true);
            if (port.Number("nodePort") is { } nodePort) Listen(_nodePorts, (key, name), new(IPAddress.Loopback, (int)nodePort), affinity, otherwiseAnyPort: false);
        }
        Close(key, wanted);
    }

    void Listen(ConcurrentDictionary<(ObjectKey, string), ServiceListener> table, (ObjectKey Service, string Port) id, IPEndPoint place, TimeSpan? affinity, bool otherwiseAnyPort)
    {
        if (table.TryGetValue(id, out var existing))
        {
            if (existing.Wanted.Equals(place) && existing.Affinity == affinity) return;
            table.TryRemove(id, out _);
            existing.Dispose();
        }
        var listener = ServiceListener.TryOpen(place, place, affinity, registry.Time, () => endpoints.Next(id.Service.Namespace, id.Service.Name, id.Port))
            ?? (otherwiseAnyPort ? ServiceListener.TryOpen(place, new(IPAddress.Loopback, 0), affinity, registry.Time, () => endpoints.Next(id.Service.Namespace, id.Service.Name, id.Port)) : null);
        if (listener is not null) table[id] = listener;
    }

    void Close(ObjectKey key, HashSet<string> except)
    {
        foreach (var table in new[] { _listeners, _nodePorts })
        {
            foreach (var id in table.Keys.Where(id => id.Service == key && !except.Contains(id.Port)).ToList())
            {
                if (table.TryRemove(id, out var listener)) listener.Dispose();
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        _subscription?.Dispose();
        lock (_gate)
        {
            foreach (var listener in _listeners.Values.Concat(_nodePorts.Values)) listener.Dispose();
            _listeners.Clear();
            _nodePorts.Clear();
        }
        return ValueTask.CompletedTask;
    }
}
