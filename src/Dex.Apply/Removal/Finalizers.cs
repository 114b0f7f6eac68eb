using System.Text.Json.Nodes;
using Dex.Apply.Planning;
using Dex.Kubernetes.Client;

namespace Dex.Apply.Removal;

/// <summary>Takes finalizers off objects that are being deleted: the last resort when the operator that should do it is gone.</summary>
sealed class Finalizers(KubeClient client)
{
    /// <summary>Those of the objects whose finalizers are off now. Each is addressed by its UID.</summary>
    public async Task<IReadOnlyList<RemainingObject>> StripAsync(IEnumerable<RemainingObject> held, CancellationToken ct)
    {
        var stripped = new List<RemainingObject>();
        var kinds = new Kinds(client, []);
        foreach (var left in held.Where(left => left.Finalizers.Count > 0 && left.Uid.Length > 0))
        {
            if (await kinds.FindAsync(left.Object.Gvk, ct) is not { } resource) continue;
            // The server refuses the patch when another object has the name by now.
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = left.Uid, ["finalizers"] = null } };
            try
            {
                await client.PatchAsync(resource, left.Object.Namespace, left.Object.Name, PatchKind.Merge, patch, ct);
                stripped.Add(left);
            }
            catch (KubeApiException exception) when (exception.IsNotFound || exception.IsConflict || exception.IsForbidden)
            {
                // Gone, replaced, or not ours to decide: the verification tells which.
            }
        }

        return stripped;
    }
}
