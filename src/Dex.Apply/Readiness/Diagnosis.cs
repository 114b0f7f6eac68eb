using System.Text.Json.Nodes;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Apply.Readiness;

/// <summary>Says why an object did not become ready, with the container's own last words.</summary>
sealed class Diagnosis(KubeClient client)
{
    const int Lines = 20;
    static readonly ResourceId Events = KnownResources.Get("v1", "Event");
    static readonly ResourceId Claims = KnownResources.Get("v1", "PersistentVolumeClaim");
    static readonly ResourceId Classes = KnownResources.Get("storage.k8s.io/v1", "StorageClass");
    readonly SecretMask _mask = new(client);

    /// <summary>A pod's trouble as the reason of its owner.</summary>
    public async Task<Diagnostic> OfPodAsync(ObjectRef target, JsonObject pod, PodTrouble trouble, CancellationToken ct)
    {
        var log = DiagnosisCauses.Of(trouble).Speaks ? await LastLinesAsync(pod, trouble, ct) : [];
        var more = trouble.Kind == TroubleKind.UnboundClaim ? await AboutClaimsAsync(pod, ct) : [];
        return DiagnosisErrors.Pod(target, pod, trouble with { Message = _mask.Apply(trouble.Message) }, more, log);
    }

    /// <summary>Everything that was noted about an object.</summary>
    public async Task<IReadOnlyList<EventNote>> NotesAsync(string ns, string uid, CancellationToken ct)
    {
        try
        {
            var list = await client.ListAsync(Events, ns, new Selection { Fields = $"involvedObject.uid={uid}" }, ct);
            return EventNote.Fold(list.Items.Select(EventNote.From));
        }
        catch (KubeApiException exception) when (exception.IsForbidden)
        {
            return [];
        }
    }

    /// <summary>Whether a claim of the pod names a storage class that does not exist, so that no volume will ever come.</summary>
    public async Task<bool> LacksStorageClassAsync(JsonObject pod, CancellationToken ct)
    {
        try
        {
            foreach (var claim in await UnboundAsync(pod, ct))
            {
                if (claim.Text("spec", "storageClassName") is { Length: > 0 } name && await client.GetAsync(Classes, null, name, ct) is null) return true;
            }
        }
        catch (KubeApiException exception) when (exception.IsForbidden)
        {
            // What cannot be looked at is not certain.
        }

        return false;
    }

    async Task<IReadOnlyList<string>> AboutClaimsAsync(JsonObject pod, CancellationToken ct)
    {
        var lines = new List<string>();
        foreach (var claim in await UnboundAsync(pod, ct))
        {
            lines.Add($"claim {claim.Name()}: {claim.Text("spec", "resources", "requests", "storage")} of storage class `{claim.Text("spec", "storageClassName")}`");
            lines.AddRange((await NotesAsync(claim.Namespace(), claim.Uid(), ct)).Select(note => note.Message).Distinct());
        }

        return lines;
    }

    async Task<IReadOnlyList<JsonObject>> UnboundAsync(JsonObject pod, CancellationToken ct)
    {
        var found = new List<JsonObject>();
        foreach (var volume in pod.Items("spec", "volumes"))
        {
            var name = volume.Text("persistentVolumeClaim", "claimName") ?? (volume.Object("ephemeral") is null ? null : $"{pod.Name()}-{volume.Text("name")}");
            if (name is not null && await client.GetAsync(Claims, pod.Namespace(), name, ct) is { } claim && claim.Text("status", "phase") != "Bound") found.Add(claim);
        }

        return found;
    }

    /// <summary>The last lines of the run that ended, or of the one that runs; of the one before where that said nothing.</summary>
    async Task<IReadOnlyList<string>> LastLinesAsync(JsonObject pod, PodTrouble trouble, CancellationToken ct)
    {
        var logs = new DiagnosisLogs(client, _mask);
        // While it waits for its next start the run that ended still is the present one; a run that has just begun has said nothing of interest.
        var previousFirst = trouble.Restarts > 0 && trouble.StartupOver && IsRunning(pod, trouble.Container);
        var lines = await logs.ReadAsync(pod, trouble.Container, previousFirst, Lines, ct);
        return lines.Count > 0 || trouble.Restarts == 0 ? lines : await logs.ReadAsync(pod, trouble.Container, !previousFirst, Lines, ct);
    }

    static bool IsRunning(JsonObject pod, string container) =>
        pod.Items("status", "containerStatuses").Any(status => status.Text("name") == container && status.Object("state", "running") is not null);
}
