using Dex.Yaml;

namespace Dex.Apply.Readiness;

static class DiagnosisErrors
{
    public static Diagnostic Pod(ObjectRef target, string pod, PodTrouble trouble, IReadOnlyList<string> log)
    {
        var container = trouble.Container.Length > 0 && trouble.Container != target.Name ? $" (container `{trouble.Container}`)" : "";
        var said = trouble.Message.Length > 0 ? trouble.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];
        IReadOnlyList<string> details = [$"pod {pod}", .. said, .. log];
        return trouble.Kind switch
        {
            TroubleKind.Crash => new("DEX3101", trouble.ExitCode is { } code ? $"`{target}` ends with exit code {code}{container}" : $"`{target}` crashes{container}")
            {
                Details = details,
                Help = "the lines above are its last output; `dex logs` shows more",
            },
            TroubleKind.OutOfMemory => new("DEX3102", $"`{target}` needs more memory than it may have{container}")
            {
                Details = details,
                Help = "raise `resources.memory` (or `size`), or make it use less",
            },
            TroubleKind.CannotStart => new("DEX3103", $"the command of `{target}` cannot be run{container}")
            {
                Details = details,
                Help = "check `command` and that the image contains the program, executable and for this platform",
            },
            TroubleKind.Image => new("DEX3104", $"the image of `{target}` cannot be had{container}")
            {
                Details = details,
                Help = "check the image's name and tag, and that the cluster may pull it",
            },
            TroubleKind.Config => new("DEX3105", $"`{target}` is configured with something that does not exist{container}")
            {
                Details = details,
                Help = "create the ConfigMap, Secret or key that the line above names, or remove the reference",
            },
            TroubleKind.Unschedulable => new("DEX3106", $"no node takes `{target}`")
            {
                Details = details,
                Help = "lower what it requests, or give the cluster more room",
            },
            _ => new("DEX3107", $"`{target}` runs but does not become ready{container}")
            {
                Details = details,
                Help = "check that it listens on its port and that `health` names the right path",
            },
        };
    }

    public static Diagnostic CannotCreatePods(ObjectRef target, string message) => message.Contains("exceeded quota", StringComparison.Ordinal)
        ? new("DEX3108", $"the quota has no room for `{target}`")
        {
            Details = [message],
            Help = "lower what it requests, remove something else, or ask for a larger quota",
        }
        : new("DEX3109", $"the cluster does not admit the pods of `{target}`")
        {
            Details = [message],
            Help = "the line above says which rule is against it",
        };

    public static Diagnostic Failed(ObjectRef target, string message) => target.Gvk.GroupKind == "Job.batch"
        ? new("DEX3110", $"`{target}` failed: {message}") { Help = "`dex logs` shows its output" }
        : new("DEX3111", $"`{target}` failed: {message}") { Help = $"look at the status of `{target}`" };

    public static Diagnostic TooSlow(ObjectRef target, TimeSpan after, string message) => new("DEX3112", $"`{target}` was not ready after {after.TotalSeconds:0} s: {message}")
    {
        Help = "wait longer with `--timeout`, or look at `dex status`",
    };

    public static Diagnostic Vanished(ObjectRef target) => new("DEX3113", $"`{target}` was deleted while dex waited for it")
    {
        Help = "somebody or something else deleted it; run the command again",
    };
}
