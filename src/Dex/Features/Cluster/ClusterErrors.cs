using Dex.App;
using Dex.Yaml;

namespace Dex.Features.Cluster;

static class ClusterErrors
{
    public static UserError DaemonEnded(IReadOnlyList<string> log) => new(ExitCode.Failed, new Diagnostic("DEX5001", "the embedded cluster ended while it was starting")
    {
        Details = log,
        Help = "see the lines above; `dex cluster reset` starts from nothing when its data is damaged",
    });

    public static UserError DaemonSilent(TimeSpan limit, IReadOnlyList<string> log) => new(ExitCode.Failed, new Diagnostic("DEX5002", $"the embedded cluster was not ready after {limit.TotalSeconds:0} s")
    {
        Details = log,
        Help = "the machine may be overloaded: try again, or run `dex cluster start --foreground` to watch it",
    });

    public static UserError AlreadyRunning(ClusterInfo info) => new(ExitCode.Failed, new Diagnostic("DEX5003", $"the embedded cluster already runs as process {info.Pid}")
    {
        Help = "`dex cluster stop` first, or leave --foreground away",
    });

    public static UserError NotConfirmed() => new(ExitCode.Usage, new Diagnostic("DEX5004", "nothing was removed: the reset was not confirmed")
    {
        Help = "`dex cluster reset --yes` removes every environment and object of the embedded cluster",
    });

    public static UserError UnknownRuntime(string value) => new(ExitCode.Usage, new Diagnostic("DEX5013", $"`DEX_RUNTIME={value}` names no runtime")
    {
        Help = "set it to `auto`, `process`, `docker` or `podman`",
    });

    public static UserError Unknown(string name, IEnumerable<string> known) => new(ExitCode.Usage, new Diagnostic("DEX5005", $"there is no cluster `{name}`")
    {
        Help = $"`clusters` declares {string.Join(", ", known.Append(ClusterConnector.Local).Select(cluster => $"`{cluster}`"))}",
    });

    public static UserError NoContext(string name) => new(ExitCode.Usage, new Diagnostic("DEX5006", $"the cluster `{name}` names no context")
    {
        Help = $"set `clusters.{name}.context` to a context of your kubeconfig (`kubectl config get-contexts`)",
    });
}
