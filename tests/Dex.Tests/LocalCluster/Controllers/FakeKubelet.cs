using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Storage;

namespace Dex.Tests.LocalCluster.Controllers;

/// <summary>What a pod does once it is on the node.</summary>
public enum Fate
{
    Ready,
    NotReady,
    Succeeds,
    Fails,
}

/// <summary>A node whose pods do at once what a test says.</summary>
public sealed class FakeKubelet : IDisposable
{
    readonly Registry _registry;
    readonly TimeProvider _clock;
    readonly IDisposable _subscription;
    int _addresses;

    public FakeKubelet(Registry registry, TimeProvider clock)
    {
        (_registry, _clock) = (registry, clock);
        _subscription = registry.Subscribe("pods", change => _ = ObserveAsync(change));
    }

    public Func<JsonObject, Fate> Decide { get; set; } = _ => Fate.Ready;

    /// <summary>Whether a pod that is asked to end does so.</summary>
    public bool EndsPods { get; set; } = true;

    public Task SetAsync(ObjectKey pod, Fate fate) => _registry.UpdateAsync(pod, p => Apply(p, fate), "status", default);

    public void Dispose() => _subscription.Dispose();

    async Task ObserveAsync(Change change)
    {
        var pod = change.Object.ToJson();
        if (change.Type == ChangeType.Deleted || string.IsNullOrEmpty(pod.Text("spec", "nodeName")))
        {
            return;
        }

        if (change.Object.DeletionTimestamp is not null)
        {
            if (EndsPods && pod.Number("metadata", "deletionGracePeriodSeconds") > 0)
            {
                await _registry.DeleteAsync(change.Object.Key, new() { GracePeriodSeconds = 0 }, default);
            }
        }
        else if (pod.Text("status", "podIP") is null)
        {
            await SetAsync(change.Object.Key, Decide(pod));
        }
    }

    bool Apply(JsonObject pod, Fate fate)
    {
        var now = _clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        var status = pod.Child("status");
        var ended = fate is Fate.Succeeds or Fate.Fails;
        status["phase"] = fate switch { Fate.Succeeds => "Succeeded", Fate.Fails => "Failed", _ => "Running" };
        status["podIP"] ??= $"10.0.0.{Interlocked.Increment(ref _addresses)}";
        var conditions = new JsonArray();
        foreach (var old in pod.Items("status", "conditions").Where(c => c.Text("type") != "Ready"))
        {
            conditions.Add(old.DeepClone());
        }

        conditions.Add((JsonNode)new JsonObject { ["type"] = "Ready", ["status"] = fate == Fate.Ready ? "True" : "False", ["lastTransitionTime"] = now });
        status["conditions"] = conditions;
        status["containerStatuses"] = new JsonArray(new JsonObject
        {
            ["name"] = "main",
            ["restartCount"] = 0,
            ["state"] = ended
                ? new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = fate == Fate.Fails ? 3 : 0, ["finishedAt"] = now } }
                : new JsonObject { ["running"] = new JsonObject { ["startedAt"] = now } },
        });
        return true;
    }
}
