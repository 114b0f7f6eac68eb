using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Readiness;

/// <summary>Reads from a pod's status, and what was noted about it, what is wrong. Pure.</summary>
static class PodTroubleReading
{
    /// <summary>The worst; null when nothing is wrong.</summary>
    public static PodTrouble? Of(JsonObject pod, IReadOnlyCollection<EventNote> notes)
    {
        var containers = Containers(pod).ToList();
        return containers.Select(container => OfContainer(container.Status, container.Init, notes)).OfType<PodTrouble>().OrderBy(trouble => trouble.Kind).FirstOrDefault()
            ?? Scheduling(pod)
            ?? Mounting(pod, containers.Select(container => container.Status), notes)
            ?? Probing(pod, containers, notes);
    }

    /// <summary>An init container that goes on beside the others (a sidecar) is one of them.</summary>
    static IEnumerable<(JsonObject Status, bool Init)> Containers(JsonObject pod)
    {
        var sidecars = pod.Items("spec", "initContainers").Where(container => container.Text("restartPolicy") == "Always").Select(container => container.Text("name")).ToHashSet();
        return pod.Items("status", "initContainerStatuses").Select(status => (status, !sidecars.Contains(status.Text("name"))))
            .Concat(pod.Items("status", "containerStatuses").Select(status => (status, false)));
    }

    static PodTrouble? OfContainer(JsonObject status, bool init, IReadOnlyCollection<EventNote> notes)
    {
        var name = status.Text("name") ?? "";
        var message = status.Text("state", "waiting", "message") ?? "";
        PodTrouble? trouble = status.Text("state", "waiting", "reason") switch
        {
            "CrashLoopBackOff" => Ended(name, status, status.Object("lastState", "terminated") ?? [], notes),
            "InvalidImageName" => new(TroubleKind.ImageName, name, message) { Patience = TimeSpan.Zero },
            "ErrImageNeverPull" => new(TroubleKind.Image, name, message) { Patience = TimeSpan.Zero },
            "ErrImagePull" or "ImagePullBackOff" => Pulling(name, message),
            "CreateContainerConfigError" => new(IsKey(message) ? TroubleKind.MissingKey : TroubleKind.Config, name, message) { Patience = PodTrouble.Short },
            "CreateContainerError" or "RunContainerError" => new(Impossible(message), name, message) { Patience = NeverStarts(message) ? TimeSpan.Zero : PodTrouble.Short },
            _ => status.Object("state", "terminated") is { } terminated && terminated.Number("exitCode") is not 0 ? Ended(name, status, terminated, notes) : null,
        };
        return trouble is null ? null : trouble with { Init = init };
    }

    static PodTrouble Ended(string name, JsonObject status, JsonObject terminated, IReadOnlyCollection<EventNote> notes)
    {
        var code = terminated.Number("exitCode");
        var said = terminated.Text("message")?.Trim() ?? "";
        var probes = new ProbeNotes(name, notes);
        // 126 and 127 are a shell's words for what a runtime calls StartError: no second try finds the program.
        var kind = code is 126 or 127 || terminated.Text("reason") is "StartError" or "ContainerCannotRun" ? code == 126 ? TroubleKind.NotExecutable : Impossible(said)
            : terminated.Text("reason") == "OOMKilled" ? TroubleKind.OutOfMemory
            : probes.StartupOver ? probes.Why(TroubleKind.StartupProbe)
            : probes.LivenessOver ? TroubleKind.LivenessProbe
            : code == 0 ? TroubleKind.EndedWell
            : TroubleKind.Crash;
        return new(kind, name, said.Length == 0 && (probes.StartupOver || probes.LivenessOver) ? probes.Last : said)
        {
            ExitCode = code,
            Restarts = status.Number("restartCount") ?? 0,
            StartupOver = probes.StartupOver,
            Probed = probes.Any,
            Patience = TimeSpan.Zero,
        };
    }

    // The kubelet has one reason for every failed pull; registries answer in these words when the next try will fail, too.
    static PodTrouble Pulling(string name, string message)
    {
        var kind = Says(message, "the embedded cluster runs images that dex builds") ? TroubleKind.ForeignImage
            : Says(message, "unauthorized", "denied", "forbidden") ? TroubleKind.ImageRefused
            : TroubleKind.Image;
        var permanent = kind != TroubleKind.Image || Says(message, "not found", "manifest unknown", "does not exist", "no such image", "has no part for");
        return new(kind, name, message) { Patience = permanent ? TimeSpan.Zero : PodTrouble.Long };
    }

    static TroubleKind Impossible(string message) =>
        Says(message, "exec format error") ? TroubleKind.WrongPlatform
        : Says(message, "permission denied", "not executable") ? TroubleKind.NotExecutable
        : TroubleKind.CannotStart;

    // Runtimes put what the kernel said into one message; these mean the same at every further try.
    static bool NeverStarts(string message) => Says(message, "exec format error", "permission denied", "no such file", "not found", "neither in the image", "not on this machine", "no command specified");

    static PodTrouble? Scheduling(JsonObject pod)
    {
        if (pod.Condition("PodScheduled") is not { } scheduled || scheduled.Text("status") != "False") return null;
        var message = scheduled.Text("message") ?? "no node takes it";
        return Says(message, "persistentvolumeclaim") && Says(message, "not found") ? new PodTrouble(TroubleKind.MissingClaim, "", message) { Patience = PodTrouble.Short }
            : Says(message, "unbound immediate PersistentVolumeClaims") ? new PodTrouble(TroubleKind.UnboundClaim, "", message) { Patience = PodTrouble.Short }
            : new PodTrouble(TroubleKind.Unschedulable, "", message);
    }

    static PodTrouble? Mounting(JsonObject pod, IEnumerable<JsonObject> containers, IReadOnlyCollection<EventNote> notes)
    {
        if (pod.Text("status", "phase") != "Pending" || containers.Any(status => status.Object("state", "waiting") is null)) return null;
        if (notes.Where(note => note.Reason is "FailedMount" or "FailedAttachVolume").MaxBy(note => note.Last) is not { } note) return null;
        return Says(note.Message, "serviceaccount \"") && Says(note.Message, "not found") ? new PodTrouble(TroubleKind.ServiceAccount, "", note.Message) { Patience = PodTrouble.Short }
            : IsKey(note.Message) ? new PodTrouble(TroubleKind.MissingKey, "", note.Message) { Patience = PodTrouble.Short }
            : Says(note.Message, "configmap \"", "secret \"") && Says(note.Message, "not found") ? new PodTrouble(TroubleKind.Config, "", note.Message) { Patience = PodTrouble.Short }
            : new PodTrouble(TroubleKind.Mount, "", note.Message);
    }

    static PodTrouble? Probing(JsonObject pod, IEnumerable<(JsonObject Status, bool Init)> containers, IReadOnlyCollection<EventNote> notes)
    {
        if (pod.Text("status", "phase") != "Running") return null;
        var waiting = containers.FirstOrDefault(container => container.Status.Object("state", "running") is not null && container.Status.Flag("ready") == false).Status;
        if (waiting is null) return null;
        var name = waiting.Text("name") ?? "";
        var probes = new ProbeNotes(name, notes);
        var starting = waiting.Flag("started") == false;
        var over = starting && probes.StartupOver;
        return new PodTrouble(probes.Why(starting ? TroubleKind.StartupProbe : TroubleKind.Unready), name, probes.Last)
        {
            Restarts = waiting.Number("restartCount") ?? 0,
            StartupOver = over,
            Probed = starting && probes.Any,
            Patience = over ? TimeSpan.Zero : null,
        };
    }

    static bool IsKey(string message) => Says(message, "non-existent", "couldn't find key");

    internal static bool Says(string message, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (message.Contains(word, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }
}
