namespace Dex.Apply.Readiness;

/// <summary>How a cause is told.</summary>
/// <param name="Code">Its stable code.</param>
/// <param name="Title">What is wrong, about the object and its container.</param>
/// <param name="Help">What to do.</param>
sealed record Cause(string Code, Func<PodTrouble, string, string> Title, string Help)
{
    /// <summary>Whether the container's own output says more.</summary>
    public bool Speaks { get; init; }
}

/// <summary>The cause of each trouble of a pod.</summary>
static class DiagnosisCauses
{
    const string Listen = "let the program listen on the port that the variable PORT names, on all addresses (0.0.0.0)";

    /// <summary>The fix when a ServiceAccount is missing.</summary>
    public const string NoAccount = "create the ServiceAccount that the line above names, or correct the reference";

    static readonly Dictionary<TroubleKind, Cause> Causes = new()
    {
        [TroubleKind.OutOfMemory] = new("DEX3102", (_, who) => $"{who} needs more memory than it may have", "raise `resources.memory` (or `size`), or make it use less") { Speaks = true },
        [TroubleKind.LivenessProbe] = new("DEX3300", (_, who) => $"{who} is killed again and again by its liveness probe", "check that `health.live` answers quickly and does not depend on others, or remove it") { Speaks = true },
        [TroubleKind.EndedWell] = new("DEX3301", (_, who) => $"{who} ends with exit code 0, but must run on", "let the program run until it is told to end, or make it a job") { Speaks = true },
        [TroubleKind.Crash] = new("DEX3101", Crashed, "the lines above are its last output; `dex logs` shows more") { Speaks = true },
        [TroubleKind.NotExecutable] = new("DEX3302", (_, who) => $"the command of {who} may not be executed", "make the file executable in the image (`chmod +x`), and check that its first line names a program that exists") { Speaks = true },
        [TroubleKind.WrongPlatform] = new("DEX3303", (_, who) => $"the program of {who} is built for another kind of machine", "build the image for the platform of the cluster's nodes (`platforms`)") { Speaks = true },
        [TroubleKind.CannotStart] = new("DEX3103", (_, who) => $"the command of {who} cannot be run", "check `command` and that the image contains the program") { Speaks = true },
        [TroubleKind.ForeignImage] = new("DEX3304", (_, who) => $"the image of {who} is none that the embedded cluster can run", "use `build` instead of `image`, or deploy to a cluster with nodes that pull images (`cluster`)"),
        [TroubleKind.ImageName] = new("DEX3305", (_, who) => $"the image of {who} is named wrongly", "write REGISTRY/PATH:TAG in lower case"),
        [TroubleKind.ImageRefused] = new("DEX3306", (_, who) => $"the registry does not let the cluster have the image of {who}", "check the image's name, and give the cluster the right to pull it (`imagePullSecrets`)"),
        [TroubleKind.Image] = new("DEX3104", (_, who) => $"the image of {who} cannot be had", "check the image's name and tag, and that the cluster reaches the registry"),
        [TroubleKind.MissingKey] = new("DEX3307", (_, who) => $"{who} is configured with a key that its ConfigMap or Secret does not have", "add the key that the line above names, or correct the reference"),
        [TroubleKind.Config] = new("DEX3105", (_, who) => $"{who} is configured with something that it cannot have", "create the ConfigMap or Secret that the line above names, or remove the reference; an image that runs as root needs a numeric `USER` in its Dockerfile"),
        [TroubleKind.ServiceAccount] = new("DEX3316", (_, who) => $"{who} uses a ServiceAccount that does not exist", NoAccount),
        [TroubleKind.Mount] = new("DEX3308", (_, who) => $"a volume of {who} cannot be mounted", "the line above says which and why; check what the volume refers to"),
        [TroubleKind.MissingClaim] = new("DEX3309", (_, who) => $"{who} uses a PersistentVolumeClaim that does not exist", "create the claim that the line above names, or correct the reference"),
        [TroubleKind.UnboundClaim] = new("DEX3310", (_, who) => $"{who} waits for a volume that nobody provides", "check the claim's storage class and size (`kubectl get storageclass`)"),
        [TroubleKind.Unschedulable] = new("DEX3106", (_, who) => $"no node takes {who}", "lower what it requests, or give the cluster more room"),
        [TroubleKind.WrongPort] = new("DEX3311", (_, who) => $"{who} listens on another port than $PORT", Listen) { Speaks = true },
        [TroubleKind.NotListening] = new("DEX3312", (_, who) => $"{who} does not listen on its port", Listen) { Speaks = true },
        [TroubleKind.BadAnswer] = new("DEX3313", (trouble, who) => $"{who} answers its readiness probe with HTTP {Status(trouble)}", "check that `health` names the right path, and what the program says about it") { Speaks = true },
        [TroubleKind.StartupProbe] = new("DEX3314", (_, who) => $"{who} does not pass its startup probe", "check that `health` names the right path and that the program answers within two minutes of its start") { Speaks = true },
        [TroubleKind.Unready] = new("DEX3107", (_, who) => $"{who} runs but does not become ready", "check that it listens on its port and that `health` names the right path") { Speaks = true },
    };

    /// <summary>Nothing else of a pod starts before its init containers have ended well.</summary>
    static readonly Cause InitFailed = new("DEX3315", (trouble, who) => Crashed(trouble, $"the init container `{trouble.Container}` of {who}"), "the lines above are its last output; the service starts only after it has ended with 0") { Speaks = true };

    public static Cause Of(PodTrouble trouble) => trouble.Init && trouble.Kind == TroubleKind.Crash ? InitFailed : Causes[trouble.Kind];

    static string Crashed(PodTrouble trouble, string who) => trouble.ExitCode is { } code ? $"{who} ends with exit code {code}{Signal(code)}" : $"{who} crashes";

    /// <summary>128 and more is a shell's and a runtime's way to say by which signal a process ended.</summary>
    static string Signal(long code) => code switch
    {
        132 => " (illegal instruction)",
        134 => " (aborted)",
        137 => " (killed)",
        139 => " (segmentation fault)",
        143 => " (terminated)",
        _ => "",
    };

    static string Status(PodTrouble trouble)
    {
        const string words = "statuscode: ";
        var at = trouble.Message.IndexOf(words, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? "an error" : string.Concat(trouble.Message.Skip(at + words.Length).TakeWhile(char.IsAsciiDigit));
    }
}
