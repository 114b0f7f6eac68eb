namespace Dex.Apply.Readiness;

/// <summary>Why a pod does not become ready; what explains more comes first.</summary>
enum TroubleKind
{
    /// <summary>The kernel killed it for its memory.</summary>
    OutOfMemory,

    /// <summary>Its liveness probe has it killed.</summary>
    LivenessProbe,

    /// <summary>It ends well, but must run on.</summary>
    EndedWell,

    /// <summary>A container ends with an error, again and again.</summary>
    Crash,

    /// <summary>Its command is a file that cannot be executed.</summary>
    NotExecutable,

    /// <summary>Its program is built for another kind of machine.</summary>
    WrongPlatform,

    /// <summary>Its command cannot be run.</summary>
    CannotStart,

    /// <summary>Its image is one that the embedded cluster has no means to run.</summary>
    ForeignImage,

    /// <summary>Its image's name is not one.</summary>
    ImageName,

    /// <summary>The registry does not let the cluster have its image.</summary>
    ImageRefused,

    /// <summary>Its image cannot be had.</summary>
    Image,

    /// <summary>A key that it is configured with is missing in its ConfigMap or Secret.</summary>
    MissingKey,

    /// <summary>A ConfigMap or Secret that it is configured with does not exist.</summary>
    Config,

    /// <summary>Its ServiceAccount does not exist.</summary>
    ServiceAccount,

    /// <summary>A volume cannot be mounted.</summary>
    Mount,

    /// <summary>A claim of its does not exist.</summary>
    MissingClaim,

    /// <summary>A claim of its has no volume yet.</summary>
    UnboundClaim,

    /// <summary>No node takes it.</summary>
    Unschedulable,

    /// <summary>It listens, but on another port than it is asked on.</summary>
    WrongPort,

    /// <summary>Nothing listens on the port that it is asked on.</summary>
    NotListening,

    /// <summary>It answers its probe with an HTTP status that means no.</summary>
    BadAnswer,

    /// <summary>It has not passed its startup probe.</summary>
    StartupProbe,

    /// <summary>It runs and does not pass its readiness probe.</summary>
    Unready,
}

static class TroubleKinds
{
    /// <summary>A container of it ran and ended.</summary>
    public static bool IsEnd(this TroubleKind kind) => kind is TroubleKind.OutOfMemory or TroubleKind.LivenessProbe or TroubleKind.EndedWell or TroubleKind.Crash;

    /// <summary>It runs, and is asked in vain.</summary>
    public static bool IsUnready(this TroubleKind kind) => kind >= TroubleKind.WrongPort;

    /// <summary>A container of it has never started, or cannot.</summary>
    public static bool IsBeforeStart(this TroubleKind kind) => !kind.IsEnd() && !kind.IsUnready();
}
