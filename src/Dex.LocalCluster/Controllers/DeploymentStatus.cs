using System.Globalization;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Controllers;

/// <summary>What a Deployment says about itself: counts, Available, Progressing, ReplicaFailure. <c>kubectl rollout status</c> follows these.</summary>
sealed class DeploymentStatus(Rollout rollout, TimeProvider time)
{
    const string Progressing = "Progressing";
    const string TimedOut = "ProgressDeadlineExceeded";
    const string Arrived = "NewReplicaSetAvailable";

    readonly DateTimeOffset _now = time.GetUtcNow();

    /// <summary>Writes the status into the live object; false when nothing changed.</summary>
    public bool Describe(JsonObject live)
    {
        var status = live.Child("status");
        var before = status.Copy();
        var revision = live.Annotation(Rollout.RevisionAnnotation);
        if (rollout.Revision > 0 && rollout.Stored.DeletionTimestamp is null)
            live.SetAnnotation(Rollout.RevisionAnnotation, rollout.Revision.ToString(CultureInfo.InvariantCulture));

        DescribePause(status);
        SetCounts(status);
        SetAvailable(status);
        if (rollout.Deadline is null)
            Conditions.Remove(status, Progressing);
        else
            SetProgressing(status, before);

        SetFailure(status);
        return revision != live.Annotation(Rollout.RevisionAnnotation) || !JsonNode.DeepEquals(before, status);
    }

    /// <summary>The time after which a rollout that stands still is late, or null when none is under way.</summary>
    public TimeSpan? UntilDeadline(JsonObject live)
    {
        if (rollout.Deadline is not { } deadline || rollout.Paused || rollout.Complete(live.Object("status"))
            || live.Condition(Progressing) is not { } condition || condition.Text("reason") == TimedOut)
        {
            return null;
        }

        // A second more than the rest: times in conditions are whole seconds.
        return condition.Time("lastUpdateTime") + deadline - _now + TimeSpan.FromSeconds(1);
    }

    void DescribePause(JsonObject status)
    {
        var reason = Conditions.Find(status, Progressing)?.Text("reason");
        if (rollout.Deadline is null || reason == TimedOut)
            return;

        if (rollout.Paused && reason != "DeploymentPaused")
            Set(status, "Unknown", "DeploymentPaused", "Deployment is paused");
        else if (!rollout.Paused && reason == "DeploymentPaused")
            Set(status, "Unknown", "DeploymentResumed", "Deployment is resumed");
    }

    void SetCounts(JsonObject status)
    {
        var total = rollout.All.Sum(s => s.Count("replicas"));
        var available = rollout.TotalAvailable;
        status["observedGeneration"] = rollout.Json.Generation();
        ReplicaSetController.SetCount(status, "replicas", total);
        ReplicaSetController.SetCount(status, "updatedReplicas", rollout.New?.Count("replicas") ?? 0);
        ReplicaSetController.SetCount(status, "readyReplicas", rollout.All.Sum(s => s.Count("readyReplicas")));
        ReplicaSetController.SetCount(status, "availableReplicas", available);
        ReplicaSetController.SetCount(status, "unavailableReplicas", Math.Max(0, total - available));
    }

    void SetAvailable(JsonObject status)
    {
        if (rollout.TotalAvailable >= rollout.Wanted - rollout.MaxUnavailable)
            Conditions.Set(status, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", _now, withUpdateTime: true);
        else
            Conditions.Set(status, "Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", _now, withUpdateTime: true);
    }

    void SetProgressing(JsonObject status, JsonObject before)
    {
        if (rollout.Noted is { } noted && Conditions.Find(status, Progressing)?.Text("reason") != "DeploymentPaused")
            Set(status, noted.Value, noted.Reason, noted.Message);

        var current = Conditions.Find(status, Progressing);
        var arrived = current?.Text("reason") == Arrived
            && status.Number("replicas").GetValueOrDefault() == status.Number("updatedReplicas").GetValueOrDefault();
        if (rollout.Paused || arrived)
            return;

        var what = rollout.New is { } set ? $"ReplicaSet \"{set.Name}\"" : $"Deployment \"{rollout.Stored.Key.Name}\"";
        if (rollout.Complete(status))
            Set(status, "True", Arrived, $"{what} has successfully progressed.");
        else if (Progressed(before, status))
        {
            // Progress winds the clock of the deadline, so the update time moves although the reason may stand.
            Set(status, "True", "ReplicaSetUpdated", $"{what} is progressing.");
            Conditions.Find(status, Progressing)!["lastUpdateTime"] = Timestamp.Format(_now);
        }
        else if (Late(current))
            Set(status, "False", TimedOut, $"{what} has timed out progressing.");
    }

    bool Late(JsonObject? condition) =>
        condition is not null && condition.Text("reason") is not (TimedOut or Arrived)
        && condition.Time("lastUpdateTime") is { } since && since + rollout.Deadline < _now;

    static bool Progressed(JsonObject before, JsonObject after)
    {
        long Count(JsonObject status, string field) => status.Number(field) ?? 0;
        long Old(JsonObject status) => Count(status, "replicas") - Count(status, "updatedReplicas");
        return Count(after, "updatedReplicas") > Count(before, "updatedReplicas")
            || Old(after) < Old(before)
            || Count(after, "readyReplicas") > Count(before, "readyReplicas")
            || Count(after, "availableReplicas") > Count(before, "availableReplicas");
    }

    void SetFailure(JsonObject status)
    {
        var failure = rollout.New?.Json.Condition("ReplicaFailure")
            ?? rollout.All.Select(s => s.Json.Condition("ReplicaFailure")).FirstOrDefault(c => c is not null);
        if (failure is null)
            Conditions.Remove(status, "ReplicaFailure");
        else
            Conditions.Set(status, "ReplicaFailure", failure.Text("status") ?? "True", failure.Text("reason") ?? "", failure.Text("message") ?? "", _now, withUpdateTime: true);
    }

    void Set(JsonObject status, string value, string reason, string message) =>
        Conditions.Set(status, Progressing, value, reason, message, _now, withUpdateTime: true);
}
