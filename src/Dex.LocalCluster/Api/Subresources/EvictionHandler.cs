using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api.Http;
using Dex.LocalCluster.Api.Schema;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Api.Subresources;

/// <summary>Deletes a pod when no PodDisruptionBudget is against it (kubectl drain).</summary>
sealed class EvictionHandler(Registry registry, ObjectDeletion deletion)
{
    const string Budgets = "poddisruptionbudgets.policy";

    public async Task HandleAsync(ApiRequest request)
    {
        var body = await BodyDecoder.DecodeAsync(request, new GroupVersionKind("policy", "v1", "Eviction"), Schemas.Find("policy", "v1", "Eviction")!);
        var pod = registry.Get(request.Key) ?? throw ApiErrors.NotFound(request.Type, request.Info.Name);
        var options = new DeleteOptions
        {
            GracePeriodSeconds = body.Number("deleteOptions", "gracePeriodSeconds"),
            Uid = body.Text("deleteOptions", "preconditions", "uid"),
            DryRun = request.DryRun("CreateOptions") || body.TextList("deleteOptions", "dryRun").Contains("All"),
        };
        if (NeedsBudget(pod))
            await SpendAsync(pod, options.DryRun, request.Aborted);
        await deletion.DeleteAsync(request.Type, request.Key, options, request.Aborted);
        await ResponseWriter.WriteAsync(request.Http, 201, ApiStatus.Success(), request.Form);
    }

    static bool NeedsBudget(StoredObject pod) =>
        pod.DeletionTimestamp is null && pod.ToJson().Text("status", "phase") is not ("Succeeded" or "Failed" or "Pending");

    async Task SpendAsync(StoredObject pod, bool dryRun, CancellationToken ct)
    {
        var budgets = registry.List(Budgets, pod.Key.Namespace).Where(b => Selects(b, pod)).ToList();
        if (budgets.Count > 1)
            throw new ApiException(new ApiStatus(500, "InternalError", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."));
        if (budgets.Count == 0)
            return;
        bool Spend(JsonObject budget)
        {
            var allowed = budget.Number("status", "disruptionsAllowed") ?? 0;
            if (allowed <= 0)
                throw Refused(budget);
            var status = budget.Child("status");
            status["disruptionsAllowed"] = allowed - 1;
            status.Child("disruptedPods")[pod.Key.Name] = ObjectMetadata.Now(registry.Time);
            return !dryRun;
        }
        await registry.UpdateAsync(budgets[0].Key, Spend, "status", ct);
    }

    static bool Selects(StoredObject budget, StoredObject pod) =>
        budget.ToJson().Object("spec", "selector") is { } selector && LabelSelector.From(selector).Matches(pod.Labels);

    static ApiException Refused(JsonObject budget) => new(new ApiStatus(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", new StatusDetails
    {
        Causes =
        [
            new StatusCause("DisruptionBudget",
                $"The disruption budget {budget.Name()} needs {budget.Number("status", "desiredHealthy") ?? 0} healthy pods and has {budget.Number("status", "currentHealthy") ?? 0} currently"),
        ],
        RetryAfterSeconds = 10,
    }));
}
