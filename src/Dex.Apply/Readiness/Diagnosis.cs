using System.Text;
using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Apply.Readiness;

/// <summary>Says why an object did not become ready, with the container's own last words.</summary>
sealed class Diagnosis(KubeClient client)
{
    const int Lines = 20;

    /// <summary>A pod's trouble as the reason of its owner.</summary>
    public async Task<Diagnostic> OfPodAsync(ObjectRef target, JsonObject pod, PodTrouble trouble, CancellationToken ct)
    {
        var speaks = trouble.Kind is TroubleKind.Crash or TroubleKind.OutOfMemory or TroubleKind.CannotStart or TroubleKind.Unready;
        return DiagnosisErrors.Pod(target, pod.Name(), trouble, speaks ? await LastLinesAsync(pod, trouble, ct) : []);
    }

    /// <summary>The last lines of the instance that ended, or of the one that runs; empty when there is no log to be had.</summary>
    async Task<IReadOnlyList<string>> LastLinesAsync(JsonObject pod, PodTrouble trouble, CancellationToken ct)
    {
        var ended = trouble.Kind != TroubleKind.Unready && trouble.Restarts > 0;
        foreach (var previous in ended ? new[] { true, false } : [false])
        {
            try
            {
                var options = new LogOptions { Container = trouble.Container, Previous = previous, TailLines = Lines };
                await using var stream = await client.OpenLogAsync(pod.Namespace(), pod.Name(), options, ct);
                using var reader = new StreamReader(stream, Encoding.UTF8);
                var lines = (await reader.ReadToEndAsync(ct)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
                if (lines.Length > 0) return lines;
            }
            catch (Exception exception) when (exception is KubeApiException or KubeConnectionException or IOException or HttpRequestException)
            {
                // The log of an instance goes with it; the reason is still worth telling.
            }
        }

        return [];
    }
}
