using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Readiness;

/// <summary>An object that should become ready.</summary>
sealed class Target(ObjectRef name, ResourceId resource, JsonObject live)
{
    readonly IReadinessRule _rule = ReadinessRules.For(name.Gvk);

    public ObjectRef Ref => name;

    public ResourceId Resource => resource;

    public string Uid { get; } = live.Uid();

    /// <summary>Its last known state.</summary>
    public JsonObject Live { get; private set; } = live;

    /// <summary>How far it is.</summary>
    public Verdict Verdict { get; private set; } = ReadinessRules.For(name.Gvk).Judge(live);

    /// <summary>Whether it makes pods, whose troubles are its own.</summary>
    public bool HasPods => name.Gvk.GroupKind is "Deployment.apps" or "StatefulSet.apps" or "DaemonSet.apps" or "Job.batch" or "Pod";

    /// <summary>What its pods are labelled with.</summary>
    public IReadOnlyDictionary<string, string> PodLabels => Ref.Gvk.Kind == "Pod" ? Live.Labels() : Live.TextMap("spec", "template", "metadata", "labels");

    /// <summary>Takes note of a newer state. One that is older than what was applied, from a server that lags, is not taken.</summary>
    public void Update(JsonObject state)
    {
        if (state.Uid() != Uid || state.Generation() < Live.Generation()) return;
        Live = state;
        Verdict = _rule.Judge(state);
    }
}
