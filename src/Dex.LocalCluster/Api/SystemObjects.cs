using System.Text.Json.Nodes;
using Dex.LocalCluster.Auth;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api;

/// <summary>What every cluster has from the start.</summary>
static class SystemObjects
{
    static readonly string[] Namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"];

    public static async Task CreateAsync(Registry registry, CancellationToken ct)
    {
        foreach (var name in Namespaces)
        {
            if (registry.Get(new ObjectKey("namespaces", "", name)) is null)
                await registry.CreateAsync("namespaces", "", new JsonObject { ["metadata"] = new JsonObject { ["name"] = name } }, ct);
        }
        await BootstrapRoles.CreateAsync(registry, ct);
    }
}
