using System.Collections.Concurrent;
using Dex.Tests.Apply;

namespace Dex.Tests.Environments;

/// <summary>Stands before a cluster and notes what is asked of it, in the words of RBAC: <c>patch deployments.apps</c>.</summary>
sealed class RoleRequests(FaultyServer server) : IAsyncDisposable
{
    readonly ConcurrentDictionary<string, byte> _seen = new(StringComparer.Ordinal);

    public Uri Address => server.Address;

    /// <summary>What was asked in the namespace.</summary>
    public IEnumerable<string> Seen => _seen.Keys.Order(StringComparer.Ordinal);

    /// <summary>What was asked outside of it, but for discovery.</summary>
    public ConcurrentBag<string> Outside { get; } = [];

    public static async Task<RoleRequests> StartAsync(IsolationCluster cluster, string ns)
    {
        var requests = new RoleRequests(await FaultyServer.StartAsync(cluster.Cluster));
        requests.Watch(ns);
        return requests;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    void Watch(string ns) => server.Decide = (method, path, _) =>
    {
        var (plain, query) = path.Split('?', 2) is [var before, var after] ? (before, after) : (path, "");
        var parts = plain.Trim('/').Split('/');
        var (group, rest) = parts[0] == "api" ? ("", parts.Skip(2)) : (parts.ElementAtOrDefault(1) ?? "", parts.Skip(3));
        if (rest.ToArray() is not ["namespaces", var space, var plural, .. var more] || space != ns)
        {
            // What is served, the clock, and who one is: everybody who has signed in may ask that.
            if (plain is not ("/api" or "/apis" or "/version" or "/apis/authentication.k8s.io/v1/selfsubjectreviews")) Outside.Add($"{method} {plain}");
            return Fault.None;
        }

        var resource = (more.Length > 1 ? $"{plural}/{more[1]}" : plural) + (group.Length == 0 ? "" : $".{group}");
        foreach (var verb in Verbs(method, named: more.Length > 0, watch: query.Contains("watch=", StringComparison.Ordinal))) _seen[$"{verb} {resource}"] = 0;
        return Fault.None;
    };

    /// <summary>An apply creates what is not there, and needs the right to.</summary>
    static string[] Verbs(string method, bool named, bool watch) => method switch
    {
        "GET" => [watch ? "watch" : named ? "get" : "list"],
        "POST" => ["create"],
        "PUT" => ["update"],
        "PATCH" => ["patch", "create"],
        _ => [named ? "delete" : "deletecollection"],
    };
}
