using System.Text.Json.Nodes;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Removal;

/// <summary>Keeps schedules from starting new work while the rest is taken down.</summary>
static class Drivers
{
    static readonly ResourceId CronJobs = KnownResources.Get("batch/v1", "CronJob");

    public static bool Is(InventoryEntry entry) => entry.Ref.Gvk.GroupKind == "CronJob.batch" && entry is { Owned: true, Uid.Length: > 0 };

    public static async Task SuspendAsync(KubeClient client, InventoryEntry entry, CancellationToken ct)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = entry.Uid }, ["spec"] = new JsonObject { ["suspend"] = true } };
        try
        {
            await client.PatchAsync(CronJobs, entry.Ref.Namespace, entry.Ref.Name, PatchKind.Merge, patch, ct);
        }
        catch (KubeApiException)
        {
            // Gone, replaced or refused: its deletion says what is to be said.
        }
    }
}
