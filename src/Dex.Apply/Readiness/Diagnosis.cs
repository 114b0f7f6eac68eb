using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Apply.Readiness;

/// <summary>Says why an object did not become ready.</summary>
static class Diagnosis
{
    /// <summary>A pod's trouble as the reason of its owner.</summary>
    public static Diagnostic OfPod(ObjectRef target, JsonObject pod, PodTrouble trouble) => DiagnosisErrors.Pod(target, pod.Name(), trouble, []);
}
