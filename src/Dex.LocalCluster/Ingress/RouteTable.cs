using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Ingress;

/// <summary>The rules of all Ingress and HTTPRoute objects. There is one ingress controller here, so the class of an Ingress does not matter.</summary>
sealed class RouteTable(Registry registry, Action<ObjectKey> onIngress) : IDisposable
{
    readonly ConcurrentDictionary<ObjectKey, Route[]> _routes = new();
    readonly List<IDisposable> _subscriptions = [];

    public void Start()
    {
        Follow("ingresses.networking.k8s.io", Route.OfIngress, onIngress);
        Follow("httproutes.gateway.networking.k8s.io", Route.OfHttpRoute, static _ => { });
    }

    /// <summary>The hosts that have rules.</summary>
    public IReadOnlyList<string> Hosts => [.. _routes.Values.SelectMany(r => r).Select(r => r.Host).Where(h => h.Length > 0).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>
    /// The rule for a request: an exact host goes before a wildcard and that before none, then the longest path, then an exact path.
    /// </summary>
    public Route? Find(string host, string path) => _routes.Values.SelectMany(r => r)
        .Where(r => r.Matches(host, path) && (r.Host.Length > 0 || IsLocal(host)))
        .OrderByDescending(r => r.Host == host)
        .ThenByDescending(r => r.Host.Length)
        .ThenByDescending(r => r.Path.TrimEnd('/').Length)
        .ThenByDescending(r => r.Exact)
        .ThenBy(r => r.Source.ToString(), StringComparer.Ordinal)
        .FirstOrDefault();

    public bool HasHost(string host) => _routes.Values.SelectMany(r => r).Any(r => r.Host.Length > 0 && r.MatchesHost(host));

    // A rule for every host is not for foreign names that some website lets point to this machine.
    static bool IsLocal(string host) =>
        host == "localhost" || host.EndsWith(".localhost") || (System.Net.IPAddress.TryParse(host, out var address) && System.Net.IPAddress.IsLoopback(address));

    void Follow(string resource, Func<ObjectKey, JsonObject, IEnumerable<Route>> read, Action<ObjectKey> onChange) =>
        _subscriptions.Add(registry.Subscribe(resource, change =>
        {
            if (change.Type == ChangeType.Deleted)
            {
                _routes.TryRemove(change.Object.Key, out _);
                return;
            }
            _routes[change.Object.Key] = [.. read(change.Object.Key, change.Object.ToJson())];
            onChange(change.Object.Key);
        }));

    public void Dispose()
    {
        foreach (var subscription in _subscriptions) subscription.Dispose();
    }
}
