using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;


namespace Dex.LocalCluster.Api;

/// <summary>Deletion: at once, or by a deletionTimestamp that finalizers and grace periods hold up.</summary>
sealed class ObjectDeletion(ObjectWriter writer, ObjectRules rules)
{
    const string Foreground = "foregroundDeletion", Orphan = "orphan";

    /// <summary>Whether nothing holds a deleted object back any more.</summary>
    public static bool IsFinished(JsonObject body) =>
        body.DeletionTimestamp() is not null && body.Finalizers().Count == 0
        && (IsNamespace(body) ? body.TextList("spec", "finalizers").Count == 0 : (body.Number("metadata", "deletionGracePeriodSeconds") ?? 0) == 0);

    /// <summary>Deletes. The outcome is <see cref="WriteOutcome.Removed"/> when the object is gone at once.</summary>
    public async Task<WriteResult> DeleteAsync(ResourceType type, ObjectKey key, DeleteOptions options, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var live = writer.Store.Latest.Get(key) ?? throw ApiErrors.NotFound(type, key.Name);
            CheckPreconditions(type, live, options);
            rules.CheckDelete(type, live);
            var body = live.ToJson();
            var grace = GracePeriod(type, body, options);
            SetFinalizers(body, options.PropagationPolicy);
            var isFirst = live.DeletionTimestamp is null;
            if (isFirst)
                Mark(type, body, grace);
            else if (grace < (body.Number("metadata", "deletionGracePeriodSeconds") ?? 0))
                Shorten(body, grace);
            if (!IsFinished(body) && !isFirst && JsonNode.DeepEquals(body, live.ToJson()))
            {
                await writer.Store.DurableAsync(live.Revision).WaitAsync(ct);
                return new WriteResult(live, WriteOutcome.Unchanged);
            }
            if (Commit(live, body, options.DryRun) is { } result)
            {
                if (!options.DryRun)
                    await writer.Store.DurableAsync(result.Revision).WaitAsync(ct);
                return result;
            }
        }
    }

    WriteResult? Commit(StoredObject live, JsonObject body, bool dryRun)
    {
        var encoded = EncodedObject.From(body);
        if (IsFinished(body))
        {
            if (dryRun)
                return new WriteResult(live, WriteOutcome.Removed);
            // An object that was never marked leaves with its state as it was; a pod's end is always marked.
            var last = live.DeletionTimestamp is null && live.Key.Resource != "pods" ? EncodedObject.From(live.ToJson()) : encoded;
            return writer.Store.TryRemove(live, last) is { } removed ? new WriteResult(last.At(live.Key, live.Revision), WriteOutcome.Removed) { Revision = removed.Revision } : null;
        }
        if (dryRun)
            return new WriteResult(encoded.At(live.Key, live.Revision), WriteOutcome.Changed);
        return writer.Store.TryPut(live.Key, live, encoded) is { } marked ? new WriteResult(marked, WriteOutcome.Changed) : null;
    }

    static void CheckPreconditions(ResourceType type, StoredObject live, DeleteOptions options)
    {
        if (options.Uid is { } uid && uid != live.Uid)
            throw ApiErrors.DeletePrecondition(type, live.Key.Name, "UID", uid, live.Uid);
        if (options.ResourceVersion is { } revision && revision != live.Revision.ToString())
            throw ApiErrors.DeletePrecondition(type, live.Key.Name, "ResourceVersion", revision, live.Revision.ToString());
    }

    /// <summary>Only pods end gracefully, and only those that may be running somewhere.</summary>
    static long GracePeriod(ResourceType type, JsonObject body, DeleteOptions options)
    {
        if (type.Storage != "pods" || string.IsNullOrEmpty(body.Text("spec", "nodeName")) || body.Text("status", "phase") is "Succeeded" or "Failed")
            return 0;
        return Math.Max(0, options.GracePeriodSeconds ?? body.Number("spec", "terminationGracePeriodSeconds") ?? 30);
    }

    static void SetFinalizers(JsonObject body, string? policy)
    {
        if (policy is null)
            return;
        var finalizers = body.Finalizers().Where(f => f is not (Foreground or Orphan)).ToList();
        if (policy == "Foreground")
            finalizers.Add(Foreground);
        else if (policy == "Orphan")
            finalizers.Add(Orphan);
        var metadata = body.Metadata();
        if (finalizers.Count == 0)
            metadata.Remove("finalizers");
        else
            metadata["finalizers"] = new JsonArray([.. finalizers.Select(f => (JsonNode)f)]);
    }

    void Mark(ResourceType type, JsonObject body, long grace)
    {
        var metadata = body.Metadata();
        metadata["deletionTimestamp"] = ObjectMetadata.Timestamp(writer.Time.GetUtcNow().AddSeconds(grace));
        switch (type.Storage)
        {
            case "namespaces":
                body.Child("status")["phase"] = "Terminating";
                break;
            case CustomDefinitions.Resource:
                CustomDefinitions.MarkTerminating(body, metadata.Text("deletionTimestamp")!);
                break;
            default:
                metadata["deletionGracePeriodSeconds"] = grace;
                if (body.Number("metadata", "generation") is { } generation)
                    metadata["generation"] = generation + 1;
                break;
        }
        ObjectMetadata.Sort(body);
    }

    void Shorten(JsonObject body, long grace)
    {
        var metadata = body.Metadata();
        metadata["deletionTimestamp"] = ObjectMetadata.Timestamp(writer.Time.GetUtcNow().AddSeconds(grace));
        metadata["deletionGracePeriodSeconds"] = grace;
    }

    static bool IsNamespace(JsonObject body) => body.Kind() == "Namespace" && body.ApiVersion() == "v1";
}
