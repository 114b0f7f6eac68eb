using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Writes the pods behind each Service into its Endpoints and EndpointSlices, and mirrors Endpoints that a person wrote.</summary>
sealed class EndpointsController(ControllerContext context) : Controller(context, "endpoint-slice-controller")
{
    public override void Start()
    {
        OnEach("services");
        On("endpoints", change => EnqueueService(change.Object.Key.Namespace, change.Object.Key.Name));
        On("endpointslices.discovery.k8s.io", change =>
        {
            if (change.Object.Labels.TryGetValue(EndpointSlices.ServiceLabel, out var service))
                EnqueueService(change.Object.Key.Namespace, service);
        });
        On("pods", change =>
        {
            foreach (var service in Registry.List("services", change.Object.Key.Namespace))
            {
                if (SelectorOf(service.ToJson()) is { } selector
                    && (selector.Matches(change.Object.Labels) || (change.Previous is not null && selector.Matches(change.Previous.Labels))))
                {
                    Enqueue(service.Key);
                }
            }
        });
    }

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        var endpoints = new ObjectKey("endpoints", key.Namespace, key.Name);
        if (Registry.Get(key) is not { } stored)
        {
            await Registry.DeleteAsync(endpoints, new(), ct);
            return null;
        }

        var service = stored.ToJson();
        var slices = new EndpointSlices(Registry, stored, service);
        if (stored.DeletionTimestamp is not null || service.Text("spec", "type") == "ExternalName")
            return null;

        if (SelectorOf(service) is not { } selector)
        {
            await slices.MirrorAsync(Registry.Get(endpoints)?.ToJson(), ct);
            return null;
        }

        var pods = Registry.List("pods", key.Namespace).Where(p => selector.Matches(p.Labels)).Select(p => new Pod(p));
        var backends = ServiceBackends.Of(service, pods);
        await slices.WriteAsync(backends, ct);
        await WriteEndpointsAsync(endpoints, stored, service, backends, ct);
        return null;
    }

    async Task WriteEndpointsAsync(ObjectKey key, StoredObject stored, JsonObject service, List<Backend> backends, CancellationToken ct)
    {
        var labels = service.At("metadata", "labels")?.DeepClone() as JsonObject ?? [];
        if (service.Text("spec", "clusterIP") == "None")
            labels["service.kubernetes.io/headless"] = "";

        var subsets = new JsonArray([.. backends.Where(b => b.Ready || !b.Terminating).GroupBy(b => b.PortsKey).Select(g => (JsonNode)Subset(g, stored.Key.Name))]);
        if (Registry.Get(key) is null)
        {
            var created = new JsonObject { ["metadata"] = new JsonObject { ["name"] = key.Name, ["labels"] = labels.DeepClone() }, ["subsets"] = subsets.DeepClone() };
            try
            {
                await Registry.CreateAsync("endpoints", key.Namespace, created, ct);
                return;
            }
            catch (ApiException e) when (e.Status.Reason == "AlreadyExists")
            {
            }
        }

        await Registry.UpdateAsync(key, live =>
        {
            var before = live.Copy();
            live["subsets"] = subsets.Count == 0 ? null : subsets.DeepClone();
            live.Metadata()["labels"] = labels.DeepClone();
            return !JsonNode.DeepEquals(before["subsets"] ?? new JsonArray(), subsets) || !JsonNode.DeepEquals(before.Metadata()["labels"] ?? new JsonObject(), labels);
        }, "", ct);
    }

    static JsonObject Subset(IGrouping<string, Backend> group, string service)
    {
        var subset = new JsonObject();
        foreach (var (field, backends) in new[] { ("addresses", group.Where(b => b.Ready)), ("notReadyAddresses", group.Where(b => !b.Ready)) })
        {
            var addresses = new JsonArray([.. backends.Select(b =>
            {
                var address = new JsonObject { ["ip"] = b.Ip };
                b.Describe(address, service);
                return (JsonNode)address;
            })]);
            if (addresses.Count > 0)
                subset[field] = addresses;
        }

        var ports = (JsonArray)group.First().Ports.DeepClone();
        foreach (var port in ports.OfType<JsonObject>().Where(p => p.Text("name") == ""))
            port.Remove("name");

        if (ports.Count > 0)
            subset["ports"] = ports;

        return subset;
    }

    void EnqueueService(string ns, string name)
    {
        // Endpoints without a Service are somebody's own, such as a leader's lock.
        var key = new ObjectKey("services", ns, name);
        if (Registry.Get(key) is not null)
            Enqueue(key);
    }

    static LabelSelector? SelectorOf(JsonObject service) =>
        service.Object("spec", "selector") is { Count: > 0 } ? LabelSelector.For(service.TextMap("spec", "selector")) : null;
}
