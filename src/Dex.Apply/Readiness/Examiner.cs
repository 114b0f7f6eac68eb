using System.Text.Json.Nodes;
using Dex.Apply.Applying;
using Dex.Kubernetes.Client;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Apply.Readiness;

/// <summary>Looks at the objects of a release as they are now: which are not ready, and why. Reads only.</summary>
/// <param name="client">The cluster.</param>
/// <param name="selector">Selects the pods of the release.</param>
/// <param name="logLines">How many of the last lines of each container are read.</param>
public sealed class Examiner(KubeClient client, string? selector, int logLines = 20)
{
    static readonly ResourceId Pods = KnownResources.Get("v1", "Pod");
    static readonly ResourceId Events = KnownResources.Get("v1", "Event");
    readonly SecretMask _mask = new(client);
    readonly PodOwners _owners = new(client);

    /// <summary>The objects in the given order, without those that are ready by merely existing.</summary>
    public async Task<IReadOnlyList<ExaminedObject>> ExamineAsync(IReadOnlyList<ObjectRef> objects, CancellationToken ct)
    {
        var found = new Dictionary<ObjectRef, Target?>();
        await InParallel.ForEachAsync(objects.Distinct(), async (name, token) =>
        {
            var target = await FindAsync(name, token);
            lock (found) found[name] = target;
        }, ct);
        var targets = found.Values.OfType<Target>().ToList();
        var troubles = new Troubles(client, targets);
        var (pods, events) = (new List<(Target Target, JsonObject Pod)>(), new List<EventNote>());
        foreach (var ns in targets.Where(target => target.HasPods).Select(target => target.Ref.Namespace).Distinct())
        {
            foreach (var recorded in await ListAsync(Events, ns, Selection.All, ct))
            {
                events.Add(EventNote.From(recorded));
                await troubles.NoteEventAsync(recorded, live: true, ct);
            }

            foreach (var pod in await ListAsync(Pods, ns, new Selection { Labels = selector }, ct))
            {
                await troubles.NotePodAsync(pod, deleted: false, ct);
                if (await _owners.FindAsync(pod, targets, ct) is { } owner) pods.Add((owner, pod));
            }
        }

        var examined = new List<ExaminedObject>();
        foreach (var name in objects.Distinct())
        {
            if (found[name] is not { } target) examined.Add(new(name, ReadyState.Failed, "gone") { Reason = DiagnosisErrors.Gone(name) });
            else if (target.HasPods || target.Verdict.State != ReadyState.Ready) examined.Add(await OneAsync(target, troubles, [.. pods.Where(pair => pair.Target == target).Select(pair => pair.Pod)], events, ct));
        }

        return examined;
    }

    async Task<Target?> FindAsync(ObjectRef name, CancellationToken ct)
    {
        // A kind that is not served any more has no objects.
        if ((KnownResources.Find(name.Gvk) ?? await client.Discovery.FindAsync(name.Gvk, ct)) is not { } resource) return null;
        return await client.GetAsync(resource, name.Namespace, name.Name, ct) is { } live ? new Target(name, resource, live) : null;
    }

    async Task<ExaminedObject> OneAsync(Target target, Troubles troubles, IReadOnlyList<JsonObject> pods, IReadOnlyList<EventNote> events, CancellationToken ct)
    {
        HashSet<string> uids = [target.Uid, .. pods.Select(pod => pod.Uid()), .. pods.Select(pod => pod.ControllerOwner()?.Uid ?? "")];
        // A pod that could not be created has left its replica set's word only.
        var mine = events.Where(note => uids.Contains(note.Uid) || note.Object.StartsWith($"ReplicaSet/{target.Ref.Name}-", StringComparison.Ordinal));
        var (state, message) = target.Verdict;
        return new ExaminedObject(target.Ref, state, message)
        {
            Reason = state == ReadyState.Ready ? null : await ReasonAsync(target, troubles, ct),
            Conditions = Conditions(target.Live),
            Pods = await Task.WhenAll(pods.Select(pod => PodAsync(pod, ct))),
            // What a probe's command printed is among them.
            Events = [.. EventNote.Fold(mine).Select(note => note with { Message = _mask.Apply(note.Message) })],
        };
    }

    static async Task<Diagnostic> ReasonAsync(Target target, Troubles troubles, CancellationToken ct) =>
        await troubles.OfTargetAsync(target, ct) ?? (target.Verdict.State == ReadyState.Failed ? DiagnosisErrors.Failed(target) : DiagnosisErrors.NotYet(target));

    async Task<ExaminedPod> PodAsync(JsonObject pod, CancellationToken ct)
    {
        var containers = pod.Items("status", "initContainerStatuses").Select(status => (status, Init: true))
            .Concat(pod.Items("status", "containerStatuses").Select(status => (status, Init: false)));
        return new ExaminedPod(pod.Name(), pod.Text("status", "phase") ?? "Pending", pod.HasCondition("Ready"))
        {
            Conditions = Conditions(pod),
            Containers = await Task.WhenAll(containers.Select(container => ContainerAsync(pod, container.status, container.Init, ct))),
        };
    }

    async Task<ExaminedContainer> ContainerAsync(JsonObject pod, JsonObject status, bool init, CancellationToken ct)
    {
        var name = status.Text("name") ?? "";
        var restarts = status.Number("restartCount") ?? 0;
        var logs = new DiagnosisLogs(client, _mask);
        await _mask.LearnAsync(pod, ct);
        return new ExaminedContainer(name, init, status.Flag("ready") == true, restarts, State(status.Object("state")) ?? new("waiting", null, null, null, null))
        {
            Last = State(status.Object("lastState")),
            Log = await logs.ReadAsync(pod, name, previous: false, logLines, ct),
            PreviousLog = restarts > 0 ? await logs.ReadAsync(pod, name, previous: true, logLines, ct) : [],
        };
    }

    ExaminedState? State(JsonObject? state)
    {
        if (state?.FirstOrDefault() is not { Key: { } kind, Value: JsonObject told }) return null;
        return new(kind, told.Text("reason"), told.Text("message") is { } message ? _mask.Apply(message.Trim()) : null, told.Number("exitCode"), told.Time("finishedAt") ?? told.Time("startedAt"));
    }

    static IReadOnlyList<ExaminedCondition> Conditions(JsonObject obj) =>
        [.. obj.Items("status", "conditions").Select(condition => new ExaminedCondition(condition.Text("type") ?? "", condition.Text("status") ?? "", condition.Text("reason"), condition.Text("message")))];

    /// <summary>Who may not look at pods or events gets a poorer answer, not none.</summary>
    async Task<IReadOnlyList<JsonObject>> ListAsync(ResourceId resource, string ns, Selection selection, CancellationToken ct)
    {
        try
        {
            return (await client.ListAsync(resource, ns, selection, ct)).Items;
        }
        catch (KubeApiException exception) when (exception.IsForbidden)
        {
            return [];
        }
    }
}
