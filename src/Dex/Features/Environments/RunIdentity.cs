using System.Diagnostics.CodeAnalysis;
using Dex.App;
using Dex.Processes;

namespace Dex.Features.Environments;

/// <summary>Who holds an environment's lock, in words that also tell, on the same machine, whether that run is dead.</summary>
static class RunIdentity
{
    /// <summary>This run: <c>ann@laptop, process 4711 of 638…</c>.</summary>
    public static string Of(Host host)
    {
        var pid = System.Environment.ProcessId;
        return $"{host.UserName}@{Machine}, process {pid} of {DetachedProcess.StartTicks(pid)}";
    }

    /// <summary>Whether the run is one of this machine and has ended, so that its lock need not be waited out.</summary>
    public static bool IsDead(string holder) =>
        holder.Split(", process ") is [var who, var process]
        && who.EndsWith("@" + Machine, StringComparison.Ordinal)
        && process.Split(" of ") is [var pid, var rest]
        // The lock adds a word of its own, by which two runs of one process differ.
        && int.TryParse(pid, out var id) && long.TryParse(rest.Split(' ')[0], out var started)
        && !DetachedProcess.IsRunning(id, started);

    [SuppressMessage("ApiDesign", "RS0030", Justification = "The machine's name is no setting.")]
    static string Machine => System.Environment.MachineName;
}
