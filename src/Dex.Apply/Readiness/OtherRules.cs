using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Readiness;

static class Observed
{
    public const string Missing = "not seen by its controller yet";

    /// <summary>Whether the status speaks of the state that was applied.</summary>
    public static bool Is(JsonObject live) => (live.Number("status", "observedGeneration") ?? 0) >= live.Generation();
}

/// <summary>Being there is all that can be asked.</summary>
sealed class ExistenceRule : IReadinessRule
{
    public Verdict Judge(JsonObject live) => Verdict.Ready;
}

/// <summary>Its controller has taken note of it.</summary>
sealed class ObservedRule : IReadinessRule
{
    public Verdict Judge(JsonObject live) => Observed.Is(live) ? Verdict.Ready : Verdict.Waiting(Observed.Missing);
}

/// <summary>Not lost. An unbound claim may rightly wait for its first pod, and that pod says when the volume never comes.</summary>
sealed class VolumeClaimRule : IReadinessRule
{
    public Verdict Judge(JsonObject live) => live.Text("status", "phase") == "Lost" ? Verdict.Failed("its volume is lost") : Verdict.Ready;
}

/// <summary>A load balancer has an address.</summary>
sealed class ServiceRule : IReadinessRule
{
    public Verdict Judge(JsonObject live) =>
        live.Text("spec", "type") == "LoadBalancer" && !live.Items("status", "loadBalancer", "ingress").Any()
            ? Verdict.Waiting("no address from the load balancer yet")
            : Verdict.Ready;
}

/// <summary>It finds what it scales. Without load there is nothing to measure yet, which is no reason to wait.</summary>
sealed class AutoscalerRule : IReadinessRule
{
    public Verdict Judge(JsonObject live) =>
        live.Condition("AbleToScale") is { } able && able.Text("status") == "False" ? Verdict.Waiting(able.Text("message") ?? "it cannot scale its target") : Verdict.Ready;
}

/// <summary>Every gateway that looked at it has accepted it. One without a gateway is not ours to judge.</summary>
sealed class RouteRule : IReadinessRule
{
    public Verdict Judge(JsonObject live)
    {
        foreach (var condition in live.Items("status", "parents").SelectMany(parent => parent.Items("conditions")))
        {
            if (condition.Text("type") is "Accepted" or "ResolvedRefs" && condition.Text("status") == "False")
            {
                return Verdict.Waiting(condition.Text("message") ?? "not accepted by its gateway");
            }
        }

        return Verdict.Ready;
    }
}

/// <summary>Its kind is served.</summary>
sealed class DefinitionRule : IReadinessRule
{
    public Verdict Judge(JsonObject live) =>
        live.HasCondition("Established") ? Verdict.Ready
        : live.Condition("NamesAccepted") is { } names && names.Text("status") == "False" ? Verdict.Failed(names.Text("message") ?? "its names are taken")
        : Verdict.Waiting("not established");
}

/// <summary>The server behind it answers.</summary>
sealed class ApiServiceRule : IReadinessRule
{
    public Verdict Judge(JsonObject live) =>
        live.HasCondition("Available") ? Verdict.Ready : Verdict.Waiting(live.Condition("Available")?.Text("message") ?? "not available");
}

/// <summary>
/// The conventions of custom resources: the status speaks of the present generation, <c>Ready</c> is true when there is one, and
/// <c>Stalled</c> says that waiting is in vain.
/// </summary>
sealed class CustomResourceRule : IReadinessRule
{
    public Verdict Judge(JsonObject live)
    {
        if (live.Number("status", "observedGeneration") is { } seen && seen < live.Generation()) return Verdict.Waiting(Observed.Missing);
        if (live.HasCondition("Stalled")) return Verdict.Failed(live.Condition("Stalled")!.Text("message") ?? "stalled");
        return live.Condition("Ready") is { } ready && ready.Text("status") != "True"
            ? Verdict.Waiting(ready.Text("message") ?? ready.Text("reason") ?? "not ready")
            : Verdict.Ready;
    }
}
