using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Readiness;

/// <summary>Reads what containers printed; no log is no failure.</summary>
sealed class DiagnosisLogs(KubeClient client, SecretMask mask)
{
    /// <summary>The last lines of a container's present or previous run.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync(JsonObject pod, string container, bool previous, int? lines, CancellationToken ct)
    {
        try
        {
            await mask.LearnAsync(pod, ct);
            var options = new LogOptions { Container = container, Previous = previous, TailLines = lines };
            var read = await client.ReadLogAsync(pod.Namespace(), pod.Name(), options, ct);
            return [.. read.Where(line => line.Length > 0).Select(mask.Apply)];
        }
        catch (Exception exception) when (exception is KubeApiException or KubeConnectionException or IOException or HttpRequestException)
        {
            // The log of a run goes with it, and a container that never ran has none.
            return [];
        }
    }
}
