using System.Collections.Frozen;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Schema;
using Dex.LocalCluster.Api.Selectors;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Http;

/// <summary>DELETE of an object or of a collection.</summary>
sealed class DeleteHandler(ObjectDeletion deletion, ListHandler lists)
{
    // Kinds whose deletion is answered with the object even when it is gone at once.
    static readonly FrozenSet<string> ReturnsObject = new[]
    {
        "pods", "namespaces", "persistentvolumes", "persistentvolumeclaims", "podtemplates", "resourcequotas", "serviceaccounts", "services",
        "csidrivers.storage.k8s.io", "csinodes.storage.k8s.io", "storageclasses.storage.k8s.io", "volumeattachments.storage.k8s.io",
    }.ToFrozenSet(StringComparer.Ordinal);

    public async Task DeleteAsync(ApiRequest request)
    {
        var options = await OptionsAsync(request);
        var result = await deletion.DeleteAsync(request.Type, request.Key, options, request.Aborted);
        if (result.Outcome != WriteOutcome.Removed || ReturnsObject.Contains(request.Type.Storage))
        {
            await WriteHandler.AnswerAsync(request, result.Object, 200);
            return;
        }
        await ResponseWriter.WriteAsync(request.Http, 200, Gone(request, result.Object), request.Form);
    }

    public async Task DeleteCollectionAsync(ApiRequest request)
    {
        var options = await OptionsAsync(request);
        var selected = lists.Select(request, ObjectFilter.From(request));
        var deleted = new StoredObject?[selected.Count];
        // In parallel so that a durable store syncs them together.
        await Parallel.ForAsync(0, selected.Count, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = request.Aborted }, async (i, ct) =>
        {
            try
            {
                deleted[i] = (await deletion.DeleteAsync(request.Type, selected[i].Key, options, ct)).Object;
            }
            catch (ApiException exception) when (exception.Status.Code == 404)
            {
                // Someone else was faster.
            }
        });
        await lists.WriteAsync(request, [.. deleted.OfType<StoredObject>()]);
    }

    static JsonObject Gone(ApiRequest request, StoredObject removed) => ApiStatus.Success(
        new StatusDetails { Name = removed.Key.Name, Group = request.Type.Group, Kind = request.Type.Plural, Uid = removed.Uid });

    static async Task<DeleteOptions> OptionsAsync(ApiRequest request)
    {
        var body = await BodyDecoder.DecodeOptionalAsync(request, new GroupVersionKind("", "v1", "DeleteOptions"), Schemas.DeleteOptions);
        var orphan = body.Flag("orphanDependents") ?? (request.Query("orphanDependents") is { Length: > 0 } text ? RequestInfo.IsTrue(text) : null);
        var policy = body.Text("propagationPolicy") ?? (request.Query("propagationPolicy") is { Length: > 0 } asked ? asked : null);
        if (policy is not (null or "Background" or "Foreground" or "Orphan"))
            throw ApiErrors.Invalid("meta.k8s.io", "DeleteOptions", "", [new StatusCause("FieldValueNotSupported", $"Unsupported value: \"{policy}\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"", "propagationPolicy")]);
        return new DeleteOptions
        {
            GracePeriodSeconds = body.Number("gracePeriodSeconds") ?? (long.TryParse(request.Query("gracePeriodSeconds"), out var seconds) ? seconds : null),
            PropagationPolicy = policy ?? orphan switch { true => "Orphan", false => "Background", null => null },
            Uid = body.Text("preconditions", "uid"),
            ResourceVersion = body.Text("preconditions", "resourceVersion"),
            DryRun = request.DryRun("DeleteOptions") || body.TextList("dryRun").Contains("All"),
        };
    }
}
