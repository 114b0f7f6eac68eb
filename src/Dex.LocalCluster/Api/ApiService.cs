using System.Text.Json.Nodes;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api;

/// <summary><c>default/kubernetes</c>: the Service, and what stands behind it, by which programs in a cluster find its API.</summary>
static class ApiService
{
    /// <summary>Outside of what other Services get; the server's certificate is good for it.</summary>
    public const string Address = "127.96.0.1";

    /// <summary>Writes the objects; the API's port may be another one than at the last start.</summary>
    public static async Task PublishAsync(Registry registry, Uri server, CancellationToken ct)
    {
        JsonArray Ports() => [new JsonObject { ["name"] = "https", ["port"] = server.Port, ["protocol"] = "TCP" }];
        await PutAsync(registry, "services", new() { ["component"] = "apiserver", ["provider"] = "kubernetes" }, new()
        {
            ["spec"] = new JsonObject
            {
                ["clusterIP"] = Address,
                ["ports"] = new JsonArray(new JsonObject { ["name"] = "https", ["port"] = 443, ["protocol"] = "TCP", ["targetPort"] = server.Port }),
            },
        }, ct);
        await PutAsync(registry, "endpoints", new() { ["endpointslice.kubernetes.io/skip-mirror"] = "true" }, new()
        {
            ["subsets"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray(new JsonObject { ["ip"] = server.Host }), ["ports"] = Ports() }),
        }, ct);
        await PutAsync(registry, "endpointslices.discovery.k8s.io", new() { ["kubernetes.io/service-name"] = "kubernetes" }, new()
        {
            ["addressType"] = "IPv4",
            ["endpoints"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray(server.Host), ["conditions"] = new JsonObject { ["ready"] = true } }),
            ["ports"] = Ports(),
        }, ct);
    }

    static async Task PutAsync(Registry registry, string resource, JsonObject labels, JsonObject parts, CancellationToken ct)
    {
        var key = new ObjectKey(resource, "default", "kubernetes");
        if (registry.Get(key) is null)
        {
            parts["metadata"] = new JsonObject { ["name"] = key.Name, ["labels"] = labels };
            await registry.CreateAsync(resource, key.Namespace, parts, ct);
            return;
        }
        await registry.UpdateAsync(key, live =>
        {
            foreach (var (name, value) in parts)
                live[name] = value?.DeepClone();
            return true;
        }, "", ct);
    }
}
