using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>The EndpointSlices of one Service: one for each set of resolved ports, of at most a hundred endpoints each.</summary>
sealed class EndpointSlices(Registry registry, StoredObject service, JsonObject json)
{
    public const string ServiceLabel = "kubernetes.io/service-name";
    const string ManagedBy = "endpointslice.kubernetes.io/managed-by";
    const string Resource = "endpointslices.discovery.k8s.io";
    const int MaxEndpoints = 100;

    /// <summary>Writes the slices of the pods that the Service selects.</summary>
    public Task WriteAsync(List<Backend> backends, CancellationToken ct)
    {
        var wanted = backends.GroupBy(b => b.PortsKey)
            .SelectMany(g => g.Chunk(MaxEndpoints).Select(chunk => (Ports: g.First().Ports, Endpoints: new JsonArray([.. chunk.Select(Describe)]))))
            .ToList();
        if (wanted.Count == 0)
        {
            // One empty slice stays, so that a reader can tell "no endpoints" from "not looked yet".
            wanted.Add(([], []));
        }

        return ReplaceAsync(wanted, "endpointslice-controller.k8s.io", ct);
    }

    /// <summary>Writes slices for Endpoints that belong to a Service without selector.</summary>
    public Task MirrorAsync(JsonObject? endpoints, CancellationToken ct)
    {
        var mirrored = endpoints is null || endpoints.Label("endpointslice.kubernetes.io/skip-mirror") == "true" ? [] : endpoints.Items("subsets");
        return ReplaceAsync([.. mirrored.Select(subset =>
        {
            var all = subset.Items("addresses").Select(a => Mirror(a, true)).Concat(subset.Items("notReadyAddresses").Select(a => Mirror(a, false)));
            var ports = subset["ports"]?.DeepClone() as JsonArray ?? [];
            foreach (var port in ports.OfType<JsonObject>())
                port["name"] ??= "";

            return (ports, new JsonArray([.. all]));
        })], "endpointslicemirroring-controller.k8s.io", ct);
    }

    async Task ReplaceAsync(List<(JsonArray Ports, JsonArray Endpoints)> wanted, string manager, CancellationToken ct)
    {
        var existing = registry.List(Resource, service.Key.Namespace)
            .Where(s => s.Labels.GetValueOrDefault(ServiceLabel) == service.Key.Name && s.Labels.GetValueOrDefault(ManagedBy) == manager && s.DeletionTimestamp is null)
            .ToList();
        var labels = Labels(manager);
        foreach (var (ports, endpoints) in wanted)
        {
            var slice = existing.Find(s => JsonNode.DeepEquals(s.ToJson()["ports"] ?? new JsonArray(), ports)) ?? existing.FirstOrDefault();
            if (slice is null)
            {
                await registry.CreateAsync(Resource, service.Key.Namespace, Build(labels, ports, endpoints), ct);
                continue;
            }

            existing.Remove(slice);
            await registry.UpdateAsync(slice.Key, live =>
            {
                var same = JsonNode.DeepEquals(live["endpoints"] ?? new JsonArray(), endpoints) && JsonNode.DeepEquals(live["ports"] ?? new JsonArray(), ports)
                    && JsonNode.DeepEquals(live.Metadata()["labels"], labels);
                live["endpoints"] = endpoints.DeepClone();
                live["ports"] = ports.DeepClone();
                live.Metadata()["labels"] = labels.DeepClone();
                return !same;
            }, "", ct);
        }

        foreach (var superfluous in existing)
            await registry.DeleteAsync(superfluous.Key, new(), ct);
    }

    JsonObject Build(JsonObject labels, JsonArray ports, JsonArray endpoints) => new()
    {
        ["metadata"] = new JsonObject
        {
            ["generateName"] = service.Key.Name + "-",
            ["labels"] = labels.DeepClone(),
            ["ownerReferences"] = new JsonArray(Claims.Reference(service)),
        },
        ["addressType"] = "IPv4",
        ["endpoints"] = endpoints.DeepClone(),
        ["ports"] = ports.DeepClone(),
    };

    JsonObject Labels(string manager)
    {
        var labels = json.At("metadata", "labels")?.DeepClone() as JsonObject ?? [];
        labels[ServiceLabel] = service.Key.Name;
        labels[ManagedBy] = manager;
        if (json.Text("spec", "clusterIP") == "None")
            labels["service.kubernetes.io/headless"] = "";

        return labels;
    }

    JsonNode Describe(Backend backend)
    {
        var endpoint = new JsonObject
        {
            ["addresses"] = new JsonArray(backend.Ip),
            ["conditions"] = new JsonObject { ["ready"] = backend.Ready, ["serving"] = backend.Serving, ["terminating"] = backend.Terminating },
        };
        backend.Describe(endpoint, service.Key.Name);
        return endpoint;
    }

    static JsonNode Mirror(JsonObject address, bool ready)
    {
        var endpoint = new JsonObject { ["addresses"] = new JsonArray(address.Text("ip")), ["conditions"] = new JsonObject { ["ready"] = ready } };
        foreach (var field in (string[])["hostname", "nodeName", "targetRef"])
        {
            if (address[field] is { } value)
                endpoint[field] = value.DeepClone();
        }

        return endpoint;
    }
}
