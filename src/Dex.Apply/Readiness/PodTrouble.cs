using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Apply.Readiness;

/// <summary>Why a pod does not become ready.</summary>
enum TroubleKind
{
    /// <summary>A container ends again and again.</summary>
    Crash,

    /// <summary>The kernel killed it for its memory.</summary>
    OutOfMemory,

    /// <summary>Its command cannot be run.</summary>
    CannotStart,

    /// <summary>Its image cannot be had.</summary>
    Image,

    /// <summary>What it is configured with does not exist.</summary>
    Config,

    /// <summary>No node takes it.</summary>
    Unschedulable,

    /// <summary>It runs and does not pass its probe.</summary>
    Unready,
}

/// <summary>What is wrong with a pod, as its status tells.</summary>
/// <param name="Container">The container, or empty when the whole pod is meant.</param>
sealed record PodTrouble(TroubleKind Kind, string Container, string Message)
{
    /// <summary>How often the container has ended.</summary>
    public long Restarts { get; init; }

    /// <summary>The exit code of its last end, when it ended.</summary>
    public long? ExitCode { get; init; }

    /// <summary>How long it must last before it counts as certain; null: it never does, as it may pass at any time.</summary>
    public TimeSpan? Patience { get; init; }

    static readonly TimeSpan Short = TimeSpan.FromSeconds(15);
    static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    /// <summary>The worst that a pod's status tells; null when nothing is wrong.</summary>
    public static PodTrouble? Of(JsonObject pod)
    {
        var containers = pod.Items("status", "initContainerStatuses").Concat(pod.Items("status", "containerStatuses")).ToList();
        return containers.Select(OfContainer).OfType<PodTrouble>().OrderBy(trouble => trouble.Kind).FirstOrDefault()
            ?? Scheduling(pod)
            ?? (containers.FirstOrDefault(container => container.Object("state", "running") is not null && container.Flag("ready") == false) is { } unready
                && pod.Text("status", "phase") == "Running"
                ? new PodTrouble(TroubleKind.Unready, unready.Text("name") ?? "", "it runs but does not pass its readiness probe")
                : null);
    }

    static PodTrouble? OfContainer(JsonObject status)
    {
        var name = status.Text("name") ?? "";
        var message = status.Text("state", "waiting", "message") ?? "";
        return status.Text("state", "waiting", "reason") switch
        {
            "CrashLoopBackOff" => Ended(name, status, status.Object("lastState", "terminated") ?? []),
            "InvalidImageName" or "ErrImageNeverPull" => new(TroubleKind.Image, name, message) { Patience = TimeSpan.Zero },
            "ErrImagePull" or "ImagePullBackOff" => new(TroubleKind.Image, name, message) { Patience = IsPermanent(message) ? TimeSpan.Zero : Long },
            "CreateContainerConfigError" => new(TroubleKind.Config, name, message) { Patience = Short },
            "CreateContainerError" or "RunContainerError" => new(TroubleKind.CannotStart, name, message) { Patience = Short },
            _ => status.Object("state", "terminated") is { } terminated && terminated.Number("exitCode") is not 0 ? Ended(name, status, terminated) : null,
        };
    }

    static PodTrouble Ended(string name, JsonObject status, JsonObject terminated)
    {
        var code = terminated.Number("exitCode");
        var said = terminated.Text("message")?.Trim() ?? "";
        // 126 and 127 are a shell's words for what a runtime calls StartError: no second try finds the program.
        var impossible = code is 126 or 127 || terminated.Text("reason") is "StartError" or "ContainerCannotRun";
        var killed = terminated.Text("reason") == "OOMKilled";
        return new(impossible ? TroubleKind.CannotStart : killed ? TroubleKind.OutOfMemory : TroubleKind.Crash, name, said)
        {
            ExitCode = code,
            Restarts = status.Number("restartCount") ?? 0,
            Patience = TimeSpan.Zero,
        };
    }

    static PodTrouble? Scheduling(JsonObject pod) =>
        pod.Condition("PodScheduled") is { } scheduled && scheduled.Text("status") == "False"
            ? new PodTrouble(TroubleKind.Unschedulable, "", scheduled.Text("message") ?? "no node takes it")
            : null;

    // The kubelet has one reason for every failed pull; registries answer in these words when the next try will fail, too.
    static bool IsPermanent(string message) => new[] { "not found", "manifest unknown", "does not exist", "unauthorized", "denied", "forbidden", "no such image" }
        .Any(words => message.Contains(words, StringComparison.OrdinalIgnoreCase));
}
