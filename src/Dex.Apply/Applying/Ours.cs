using System.Text.Json.Nodes;
using Dex.Apply.Records;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Applying;

/// <summary>Tells which object an inventory entry means.</summary>
static class Ours
{
    /// <summary>
    /// The UID to delete by. An intent has none, as the run ended before it learned it: then the present object counts only when
    /// dex's own manager applied it, and what a controller made only when nobody owns it. Null: there is nothing of ours.
    /// </summary>
    public static async Task<string?> UidAsync(KubeClient client, ResourceId resource, InventoryEntry entry, CancellationToken ct)
    {
        if (entry.Uid.Length > 0) return entry.Uid;
        var live = await client.GetAsync(resource, entry.Ref.Namespace, entry.Ref.Name, ct);
        return live is not null && (entry.IsMade ? live.OwnerReferences().Count == 0 : Applied(live)) ? live.Uid() : null;
    }

    /// <summary>Whether dex has applied an object.</summary>
    public static bool Applied(JsonObject live) =>
        live.Items("metadata", "managedFields").Any(field => field.Text("manager") == ApplyEngine.Manager && field.Text("operation") == "Apply");
}
