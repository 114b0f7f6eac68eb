using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.Yaml;

namespace Dex.Apply.Readiness;

static class DiagnosisErrors
{
    /// <summary>Why a pod of an object is not ready.</summary>
    /// <param name="more">What was found out besides.</param>
    /// <param name="log">The last lines of its container.</param>
    public static Diagnostic Pod(ObjectRef target, JsonObject pod, PodTrouble trouble, IReadOnlyList<string> more, IReadOnlyList<string> log)
    {
        var cause = DiagnosisCauses.Of(trouble);
        return new(cause.Code, cause.Title(trouble, $"`{target}`") + Where(target, trouble))
        {
            Details = [Facts(pod, trouble), .. Repeats(trouble.Message, log) ? [] : Lines(trouble.Message), .. more, .. log.Count > 0 ? ["its last lines:", .. log] : Array.Empty<string>()],
            Help = cause.Help,
        };
    }

    public static Diagnostic CannotCreatePods(ObjectRef target, string message) => message switch
    {
        _ when Says(message, "exceeded quota", "failed quota") => new("DEX3108", $"the quota has no room for `{target}`")
        {
            Details = [message],
            Help = "lower what it requests, remove something else, or ask for a larger quota",
        },
        _ when Says(message, "serviceaccount") && Says(message, "not found") => new("DEX3316", $"`{target}` uses a ServiceAccount that does not exist")
        {
            Details = [message],
            Help = DiagnosisCauses.NoAccount,
        },
        _ when Says(message, " per Container", " per Pod") => new("DEX3317", $"the namespace's limits do not allow the resources of `{target}`")
        {
            Details = [message],
            Help = "change `resources` (or `size`) so that it is within the LimitRange of the namespace",
        },
        _ => new("DEX3109", $"the cluster does not admit the pods of `{target}`")
        {
            Details = [message],
            Help = "the line above says which rule is against it",
        },
    };

    public static Diagnostic Failed(Target target) => Failed(target.Ref, target.Live, target.Verdict.Message);

    static Diagnostic Failed(ObjectRef target, JsonObject live, string message) => target.Gvk.GroupKind switch
    {
        "Job.batch" when (live.Condition("Failed") ?? live.Condition("FailureTarget"))?.Text("reason") == "DeadlineExceeded" => new("DEX3318", $"`{target}` did not end within its time")
        {
            Details = [message],
            Help = "raise its `timeout`, or look with `dex logs` at what it waits for",
        },
        "Job.batch" => new("DEX3110", $"`{target}` failed: {message}") { Help = "`dex logs` shows its output" },
        "Deployment.apps" => new("DEX3319", $"`{target}` made no progress within its deadline")
        {
            Details = live.Condition("Progressing")?.Text("message") is { } said ? [said] : [],
            Help = "`dex status` and `dex logs` say how far it came",
        },
        _ => new("DEX3111", $"`{target}` failed: {message}") { Help = $"look at the status of `{target}`" },
    };

    public static Diagnostic TooSlow(ObjectRef target, TimeSpan after, string message) => new("DEX3112", $"`{target}` was not ready after {after.TotalSeconds:0} s: {message}")
    {
        Help = "wait longer with `--timeout`, or look at `dex status`",
    };

    public static Diagnostic Vanished(ObjectRef target) => new("DEX3113", $"`{target}` was deleted while dex waited for it")
    {
        Help = "somebody or something else deleted it; run the command again",
    };

    public static Diagnostic NotYet(Target target) => new("DEX3320", $"`{target.Ref}` is not ready yet: {target.Verdict.Message}")
    {
        Help = "nothing is known to be wrong with it; look again in a while",
    };

    public static Diagnostic Gone(ObjectRef target) => new("DEX3321", $"`{target}` is not there any more")
    {
        Help = "somebody deleted it; deploy again to make it anew",
    };

    static string Facts(JsonObject pod, PodTrouble trouble)
    {
        var container = trouble.Container.Length > 0 ? pod.Items("spec", "containers").FirstOrDefault(each => each.Text("name") == trouble.Container) : null;
        var limit = trouble.Kind == TroubleKind.OutOfMemory && container?.Text("resources", "limits", "memory") is { } memory ? $", memory limit {memory}" : "";
        var image = trouble.Kind is TroubleKind.ForeignImage or TroubleKind.ImageName or TroubleKind.ImageRefused or TroubleKind.Image && container?.Text("image") is { } reference ? $", image {reference}" : "";
        var restarts = trouble.Restarts == 0 ? "" : trouble.Restarts == 1 ? ", restarted once" : $", restarted {trouble.Restarts} times";
        return $"pod {pod.Name()}{limit}{image}{restarts}";
    }

    static string Where(ObjectRef target, PodTrouble trouble) =>
        trouble.Container.Length == 0 || trouble.Container == target.Name || (trouble.Init && trouble.Kind == TroubleKind.Crash) ? ""
        : $" ({(trouble.Init ? "init container" : "container")} `{trouble.Container}`)";

    static IEnumerable<string> Lines(string text) => text.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0);

    /// <summary>Whether the message that a container left is the end of its log, which is what it is where the container wrote none itself, or holds all of it.</summary>
    static bool Repeats(string message, IReadOnlyList<string> log)
    {
        var (said, logged) = (string.Join('\n', Lines(message)), string.Join('\n', log.SelectMany(Lines)));
        return logged.Length > 0 && (logged.EndsWith(said, StringComparison.Ordinal) || said.EndsWith(logged, StringComparison.Ordinal));
    }

    // The API has one reason (Forbidden) for everything that admission refuses; these are its own words.
    static bool Says(string message, params ReadOnlySpan<string> words) => PodTroubleReading.Says(message, words);
}
