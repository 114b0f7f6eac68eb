using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api;

/// <summary>
/// Gives Services their cluster IP and node ports. Cluster IPs are loopback addresses, so that they really answer on the one node
/// there is. What is taken is read from the store each time: a test cluster has few Services, and nothing can leak.
/// </summary>
sealed class ServiceAddresses(Store store)
{
    const int FirstNodePort = 30000, LastNodePort = 32767;

    public void Allocate(JsonObject service, JsonObject? live)
    {
        if (service["spec"] is not JsonObject spec)
            return;
        if (spec.Text("type") == "ExternalName")
        {
            foreach (var field in (ReadOnlySpan<string>)["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"])
                spec.Remove(field);
            return;
        }
        AllocateAddress(spec, live?.Text("spec", "clusterIP"));
        if (spec.Text("type") is "NodePort" or "LoadBalancer")
            AllocatePorts(spec, live);
    }

    void AllocateAddress(JsonObject spec, string? before)
    {
        var address = spec.Text("clusterIP") is { Length: > 0 } given ? given : before;
        if (string.IsNullOrEmpty(address))
        {
            var taken = store.Latest.List("services", "").Select(s => s.ToJson().Text("spec", "clusterIP")).ToHashSet(StringComparer.Ordinal);
            do
                address = $"127.96.{RandomNumberGenerator.GetInt32(1, 256)}.{RandomNumberGenerator.GetInt32(1, 255)}";
            while (taken.Contains(address));
        }
        spec["clusterIP"] = address;
        spec["clusterIPs"] = new JsonArray(address);
    }

    void AllocatePorts(JsonObject spec, JsonObject? live)
    {
        HashSet<long>? taken = null;
        var before = live?.Items("spec", "ports").ToList() ?? [];
        foreach (var port in spec.Items("ports"))
        {
            if (port.Number("nodePort") is > 0)
                continue;
            var same = before.FirstOrDefault(p => p.Number("port") == port.Number("port") && p.Text("protocol") == port.Text("protocol"));
            if (same?.Number("nodePort") is > 0 and var kept)
            {
                port["nodePort"] = kept;
                continue;
            }
            taken ??= [.. store.Latest.List("services", "").SelectMany(s => s.ToJson().Items("spec", "ports")).Select(p => p.Number("nodePort") ?? 0)];
            long free;
            do
                free = RandomNumberGenerator.GetInt32(FirstNodePort, LastNodePort + 1);
            while (!taken.Add(free));
            port["nodePort"] = free;
        }
    }
}
