using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Storage;

namespace Dex.LocalCluster.Controllers;

/// <summary>Resizes the targets of HorizontalPodAutoscalers by what their pods use, every fifteen seconds while there are any.</summary>
sealed class AutoscalerController(ControllerContext context) : Controller(context, "horizontal-pod-autoscaler")
{
    const string Resource = "horizontalpodautoscalers.autoscaling";

    static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    readonly ConcurrentDictionary<string, ScalingHistory> _histories = new(StringComparer.Ordinal);

    public override void Start() => On(Resource, change =>
    {
        if (change.Type == ChangeType.Deleted)
            _histories.TryRemove(change.Object.Uid, out _);
        else if (change.Previous is null || !JsonNode.DeepEquals(change.Previous.ToJson()["spec"], change.Object.ToJson()["spec"]))
            Enqueue(change.Object.Key);
    });

    protected override async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (Registry.Get(key) is not { DeletionTimestamp: null } stored)
            return null;

        var scaler = stored.ToJson();
        var target = TargetOf(scaler, key.Namespace) is { } at ? Registry.Get(at) : null;
        if (target is null)
        {
            var why = $"the HPA controller was unable to get the target's current scale: {scaler.Text("spec", "scaleTargetRef", "kind")} \"{scaler.Text("spec", "scaleTargetRef", "name")}\" not found";
            Events.Warning(stored, "FailedGetScale", why);
            await WriteStatusAsync(stored, s => Conditions.Set(s, "AbleToScale", "False", "FailedGetScale", why, Now), ct);
            return Period;
        }

        var json = target.ToJson();
        var selector = Claims.SelectorOf(json);
        var pods = Registry.List("pods", key.Namespace).Where(p => selector.Matches(p.Labels)).Select(p => new Pod(p)).ToList();
        var current = (int)(json.Number("spec", "replicas") ?? 1);
        var proposals = scaler.Items("spec", "metrics").Select(m => HorizontalScale.Evaluate(m, current, pods, Context.Options.PodUsage)).ToList();
        var wanted = current == 0 ? 0 : Decide(stored, scaler, current, proposals);
        if (wanted != current)
            await ResizeAsync(stored, target, current, wanted, proposals, ct);
        await WriteStatusAsync(stored, s => Describe(s, scaler, current, wanted, proposals), ct);
        return Period;
    }

    /// <summary>The largest proposal, as its behavior and its bounds allow.</summary>
    int Decide(StoredObject stored, JsonObject scaler, int current, List<HorizontalScale.Proposal> proposals)
    {
        var proposed = proposals.Max(p => p.Replicas) ?? current;
        if (proposed < current && proposals.Any(p => p.Replicas is null))
            proposed = current;
        var history = _histories.GetOrAdd(stored.Uid, _ => new(current, Now));
        var allowed = history.Decide(scaler.Object("spec", "behavior"), current, proposed, Now);
        var wanted = Math.Clamp(allowed, (int)(scaler.Number("spec", "minReplicas") ?? 1), (int)(scaler.Number("spec", "maxReplicas") ?? current));
        history.Scaled(current, wanted, Now);
        return wanted;
    }

    async Task ResizeAsync(StoredObject stored, StoredObject target, int current, int wanted, List<HorizontalScale.Proposal> proposals, CancellationToken ct)
    {
        await Registry.UpdateAsync(target.Key, o => { o.Child("spec")["replicas"] = wanted; return true; }, "", ct);
        var reason = proposals.MaxBy(p => p.Replicas) is { Replicas: not null, Above: true } metric ? $"{metric.Name} above target"
            : proposals.Exists(p => p.Replicas is not null) ? "All metrics below target"
            : current < wanted ? "Current number of replicas below Spec.MinReplicas" : "Current number of replicas above Spec.MaxReplicas";
        Events.Normal(stored, "SuccessfulRescale", $"New size: {wanted}; reason: {reason}");
    }

    void Describe(JsonObject status, JsonObject scaler, int current, int wanted, List<HorizontalScale.Proposal> proposals)
    {
        status["currentReplicas"] = current;
        status["desiredReplicas"] = wanted;
        status["currentMetrics"] = new JsonArray([.. proposals.Select(p => p.Current).OfType<JsonNode>()]);
        if (wanted != current)
        {
            status["lastScaleTime"] = Timestamp.Format(Now);
            Conditions.Set(status, "AbleToScale", "True", "SucceededRescale", $"the HPA controller was able to update the target scale to {wanted}", Now);
        }
        else
        {
            Conditions.Set(status, "AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size", Now);
        }

        var valid = proposals.Where(p => p.Replicas is not null).MaxBy(p => p.Replicas);
        if (current == 0)
            Conditions.Set(status, "ScalingActive", "False", "ScalingDisabled", "scaling is disabled since the replica count of the target is zero", Now);
        else if (valid is not null)
            Conditions.Set(status, "ScalingActive", "True", "ValidMetricFound", $"the HPA was able to successfully calculate a replica count from {valid.Name}", Now);
        else
            Conditions.Set(status, "ScalingActive", "False", "FailedGetResourceMetric", $"the HPA was unable to compute the replica count: {proposals.FirstOrDefault()?.Error}", Now);

        var proposed = valid?.Replicas ?? wanted;
        var (limited, reason, message) = proposed > scaler.Number("spec", "maxReplicas") ? ("True", "TooManyReplicas", "the desired replica count is more than the maximum replica count")
            : proposed < (scaler.Number("spec", "minReplicas") ?? 1) ? ("True", "TooFewReplicas", "the desired replica count is less than the minimum replica count")
            : ("False", "DesiredWithinRange", "the desired count is within the acceptable range");
        Conditions.Set(status, "ScalingLimited", limited, reason, message, Now);
    }

    ObjectKey? TargetOf(JsonObject scaler, string ns)
    {
        var group = GroupVersionKind.Parse(scaler.Text("spec", "scaleTargetRef", "apiVersion") ?? "", "").Group;
        var resource = Registry.Resources.FirstOrDefault(r => r.Group == group && r.Kind == scaler.Text("spec", "scaleTargetRef", "kind"));
        return resource is null ? null : new ObjectKey(resource.Key, ns, scaler.Text("spec", "scaleTargetRef", "name") ?? "");
    }
}
